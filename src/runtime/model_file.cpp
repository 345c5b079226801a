#include "floatsd/runtime/model_file.h"

#include <algorithm>

#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"
#include "floatsd/core/file.h"
#include "json.h"
#include "safetensors.h"

namespace floatsd::runtime {
namespace {

using nlohmann::ordered_json;

constexpr const char* kVersion = "1";
constexpr const char* kKinds[] = {"conv2d", "linear"};  // in the order of Op::body
constexpr const char* kGranularities[] = {"per-tensor", "per-channel"};

template <typename T>
RawTensor raw(const char* dtype, const std::vector<T>& values) {
  RawTensor tensor{dtype, {static_cast<int64_t>(values.size())}, {}};
  tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return tensor;
}

/// Takes tensors out of a file by name, and knows which are left.
class TensorReader {
 public:
  explicit TensorReader(const Safetensors& file) : file_(file) {}

  const RawTensor& take(const std::string& name, const std::string& dtype) {
    for (const auto& [key, tensor] : file_.tensors) {
      if (key == name) {
        ++taken_;
        if (tensor.dtype != dtype) {
          throw Error(name + ": element type " + tensor.dtype + ", expected " + dtype);
        }
        return tensor;
      }
    }
    throw Error("tensor " + name + " is missing");
  }

  template <typename T>
  std::vector<T> take_values(const std::string& name, const std::string& dtype) {
    const RawTensor& tensor = take(name, dtype);
    std::vector<T> values(tensor.bytes.size() / sizeof(T));
    std::copy_n(tensor.bytes.data(), tensor.bytes.size(), reinterpret_cast<char*>(values.data()));
    return values;
  }

  void check_all_taken() const {
    if (taken_ != file_.tensors.size()) {
      throw Error(std::to_string(file_.tensors.size()) + " tensors, but its program names " +
                  std::to_string(taken_));
    }
  }

 private:
  const Safetensors& file_;
  size_t taken_ = 0;
};

ordered_json qparams_json(const QParams& qparams) {
  return {{"scale", qparams.scale}, {"zero_point", qparams.zero_point}};
}

QParams qparams_from(const ordered_json& json) {
  return {json.at("scale").get<float>(), integer_at<int32_t>(json, "zero_point")};
}

ordered_json op_json(const Op& op) {
  const Weights& w = weights(op);
  const Requantize& requantize = requantization(op);
  ordered_json json;
  json["name"] = op.name;
  json["kind"] = kKinds[op.body.index()];
  json["inputs"] = op.inputs;
  json["weight"] = {{"shape", w.shape},
                    {"format", w.format},
                    {"granularity", kGranularities[static_cast<int>(w.granularity)]}};
  json["output"] = qparams_json(requantize.output);
  json["relu"] = requantize.relu;
  if (const auto* conv = std::get_if<Conv2d>(&op.body)) {
    json["stride"] = conv->stride;
    json["padding"] = conv->padding;
    json["groups"] = conv->groups;
    json["pool"] = conv->pool;
  }
  return json;
}

ordered_json program_json(const Program& program) {
  ordered_json json;
  json["network"] = program.network;
  json["input"] = qparams_json(program.input);
  json["input"]["shape"] = {program.input_shape.channels, program.input_shape.height,
                            program.input_shape.width};
  for (const Op& op : program.ops) {
    json["ops"].push_back(op_json(op));
  }
  return json;
}

void add_numbers(const Op& op, Safetensors& file) {
  const Requantize& requantize = requantization(op);
  std::vector<int32_t> multipliers;
  std::vector<int32_t> shifts;
  for (const FixedPoint& m : requantize.multipliers) {
    multipliers.push_back(m.multiplier);
    shifts.push_back(m.shift);
  }
  file.tensors.emplace_back(op.name + ".bias", raw("I32", requantize.bias));
  file.tensors.emplace_back(op.name + ".multiplier", raw("I32", multipliers));
  file.tensors.emplace_back(op.name + ".shift", raw("I32", shifts));
  file.tensors.emplace_back(op.name + ".weight_scale", raw("F32", weights(op).scales));
}

void add_codes(const Op& op, Safetensors& file) {
  const Weights& w = weights(op);
  const Codebook& codebook = find_codebook(w.format);
  RawTensor codes = raw("U8", pack(codebook, w.levels));
  if (codebook.bits == 8) {
    codes.dtype = "I8";
    codes.shape = w.shape;
  }
  file.tensors.emplace_back(op.name + ".weight", std::move(codes));
}

const Codebook& format_of(const std::string& name, const Weights& weights) {
  try {
    return find_codebook(weights.format);
  } catch (const Error& error) {
    throw Error(name + ".weight: " + error.what());
  }
}

Weights read_weights(const std::string& name, const ordered_json& json, TensorReader& tensors) {
  Weights w{.format = json.at("format").get<std::string>(),
            .granularity = Granularity::kPerTensor,
            .shape = integers_at<int64_t>(json, "shape"),
            .levels = {},
            .scales = tensors.take_values<float>(name + ".weight_scale", "F32")};
  const auto granularity = json.at("granularity").get<std::string>();
  if (granularity == kGranularities[1]) {
    w.granularity = Granularity::kPerChannel;
  } else if (granularity != kGranularities[0]) {
    throw Error(name + ": granularity '" + granularity + "' is unknown");
  }
  int64_t count = 1;
  for (const int64_t size : w.shape) {
    if (size < 1 || size > (int64_t{1} << 32) / count) {
      throw Error(name + ": a weight shape that is empty or too large");
    }
    count *= size;
  }
  const Codebook& codebook = format_of(name, w);
  const char* dtype = codebook.bits == 8 ? "I8" : "U8";
  const auto bytes = tensors.take_values<uint8_t>(name + ".weight", dtype);
  try {
    w.levels = unpack(codebook, bytes, static_cast<size_t>(count));
  } catch (const FormatViolation& error) {
    throw FormatViolation(name + ".weight: " + error.what());
  } catch (const Error& error) {
    throw Error(name + ".weight: " + error.what());
  }
  return w;
}

Requantize read_requantize(const std::string& name, const ordered_json& json,
                           TensorReader& tensors) {
  Requantize requantize{.bias = tensors.take_values<int32_t>(name + ".bias", "I32"),
                        .multipliers = {},
                        .output = qparams_from(json.at("output")),
                        .relu = json.at("relu").get<bool>()};
  const auto multipliers = tensors.take_values<int32_t>(name + ".multiplier", "I32");
  const auto shifts = tensors.take_values<int32_t>(name + ".shift", "I32");
  if (multipliers.size() != shifts.size()) {
    throw Error(name + ": " + std::to_string(multipliers.size()) + " multipliers and " +
                std::to_string(shifts.size()) + " shifts");
  }
  for (size_t c = 0; c < shifts.size(); ++c) {
    requantize.multipliers.push_back({multipliers[c], shifts[c]});
  }
  return requantize;
}

Op read_op(const ordered_json& json, TensorReader& tensors) {
  Op op{.name = json.at("name").get<std::string>(),
        .inputs = integers_at<int>(json, "inputs"),
        .body = {}};
  const auto kind = json.at("kind").get<std::string>();
  Weights w = read_weights(op.name, json.at("weight"), tensors);
  Requantize requantize = read_requantize(op.name, json, tensors);
  if (kind == kKinds[0]) {
    op.body = Conv2d{.weights = std::move(w),
                     .requantize = std::move(requantize),
                     .stride = integer_at<int>(json, "stride"),
                     .padding = integer_at<int>(json, "padding"),
                     .groups = integer_at<int>(json, "groups"),
                     .pool = integer_at<int>(json, "pool")};
  } else if (kind == kKinds[1]) {
    op.body = Linear{.weights = std::move(w), .requantize = std::move(requantize)};
  } else {
    throw Error(op.name + ": operator kind '" + kind + "' is unknown");
  }
  return op;
}

Program read_program(const Safetensors& file) {
  const auto format = file.metadata.find("format");
  const auto version = file.metadata.find("version");
  const auto text = file.metadata.find("program");
  if (format == file.metadata.end() || format->second != "floatsd" || text == file.metadata.end() ||
      version == file.metadata.end()) {
    throw Error("a safetensors file, but no floatsd model");
  }
  if (version->second != kVersion) {
    throw Error("model version " + version->second + ", expected " + kVersion);
  }
  const ordered_json json = parse_json(text->second, "its program");
  const auto shape = integers_at<int64_t>(json.at("input"), "shape");
  if (shape.size() != 3) {
    throw Error("input: expected a shape [C, H, W]");
  }
  Program program{.network = json.at("network").get<std::string>(),
                  .input_shape = {shape[0], shape[1], shape[2]},
                  .input = qparams_from(json.at("input")),
                  .ops = {}};
  TensorReader tensors(file);
  for (const ordered_json& op : json.at("ops")) {
    program.ops.push_back(read_op(op, tensors));
  }
  tensors.check_all_taken();
  validate(program);
  return program;
}

}  // namespace

void save_model(const Program& program, const std::filesystem::path& path) {
  validate(program);
  Safetensors file;
  for (const Op& op : program.ops) {  // before the codes, so that 4-byte numbers lie aligned
    add_numbers(op, file);
  }
  for (const Op& op : program.ops) {
    add_codes(op, file);
  }
  try {
    file.metadata = {
        {"format", "floatsd"}, {"version", kVersion}, {"program", program_json(program).dump()}};
  } catch (const nlohmann::json::exception&) {
    throw Error(path.string() + ": a name in the program is no UTF-8");
  }
  write_file(path, write_safetensors(file));
}

Program load_model(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  try {
    return read_program(read_safetensors(bytes));
  } catch (const FormatViolation& error) {
    throw FormatViolation(path.string() + ": " + error.what());
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  } catch (const nlohmann::json::exception& error) {
    throw Error(path.string() + ": its program is not as expected: " + error.what());
  }
}

}  // namespace floatsd::runtime
