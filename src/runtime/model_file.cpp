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

constexpr const char* kVersion = "2";
constexpr const char* kInputTable = "input.table";
// In the order of Op::body.
constexpr const char* kKinds[] = {"conv2d", "linear", "add", "global_average_pool", "downsample"};
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

  [[nodiscard]] bool has(const std::string& name) const {
    return std::any_of(file_.tensors.begin(), file_.tensors.end(),
                       [&](const auto& tensor) { return tensor.first == name; });
  }

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

/// What each kind of operator has in JSON beside its name, kind and inputs.
void describe(const Weights& w, const Requantize& requantize, ordered_json& json) {
  json["weight"] = {{"shape", w.shape},
                    {"format", w.format},
                    {"granularity", kGranularities[static_cast<int>(w.granularity)]}};
  json["output"] = qparams_json(requantize.output);
  json["relu"] = requantize.relu;
}

void describe(const Conv2d& conv, ordered_json& json) {
  describe(conv.weights, conv.requantize, json);
  json["stride"] = conv.stride;
  json["padding"] = conv.padding;
  json["groups"] = conv.groups;
  json["pool"] = conv.pool;
}

void describe(const Linear& linear, ordered_json& json) {
  describe(linear.weights, linear.requantize, json);
}

void describe(const Add& add, ordered_json& json) {
  json["output"] = qparams_json(add.requantize.output);
  json["relu"] = add.requantize.relu;
}

void describe(const GlobalAveragePool& pool, ordered_json& json) {
  json["output"] = qparams_json(pool.output);
}

void describe(const Downsample& downsample, ordered_json& json) {
  json["stride"] = downsample.stride;
  json["channels_before"] = downsample.channels_before;
  json["channels_after"] = downsample.channels_after;
}

ordered_json op_json(const Op& op) {
  ordered_json json;
  json["name"] = op.name;
  json["kind"] = kKinds[op.body.index()];
  json["inputs"] = op.inputs;
  std::visit([&](const auto& body) { describe(body, json); }, op.body);
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

void add_fixed_points(const std::string& name, const std::vector<FixedPoint>& numbers,
                      Safetensors& file) {
  std::vector<int32_t> multipliers;
  std::vector<int32_t> shifts;
  for (const FixedPoint& number : numbers) {
    multipliers.push_back(number.multiplier);
    shifts.push_back(number.shift);
  }
  file.tensors.emplace_back(name + ".multiplier", raw("I32", multipliers));
  file.tensors.emplace_back(name + ".shift", raw("I32", shifts));
}

/// The tensors of four bytes an element.
void add_numbers(const Op& op, Safetensors& file) {
  if (const Requantize* requantize = requantization(op)) {
    file.tensors.emplace_back(op.name + ".bias", raw("I32", requantize->bias));
    add_fixed_points(op.name, requantize->multipliers, file);
    file.tensors.emplace_back(op.name + ".weight_scale", raw("F32", weights(op)->scales));
  } else if (const auto* add = std::get_if<Add>(&op.body)) {
    const auto& [first, second] = add->requantize.multipliers;
    file.tensors.emplace_back(op.name + ".multiplier", raw("I32", std::vector{first, second}));
    file.tensors.emplace_back(op.name + ".shift", raw("I32", std::vector{add->requantize.shift}));
  } else if (const auto* pool = std::get_if<GlobalAveragePool>(&op.body)) {
    add_fixed_points(op.name, {pool->multiplier}, file);
  }
}

void add_codes(const Op& op, Safetensors& file) {
  const Weights* w = weights(op);
  if (w == nullptr) {
    return;
  }
  const Codebook& codebook = find_codebook(w->format);
  RawTensor codes = raw("U8", pack(codebook, w->levels));
  if (codebook.bits == 8) {
    codes.dtype = "I8";
    codes.shape = w->shape;
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

std::vector<FixedPoint> read_fixed_points(const std::string& name, TensorReader& tensors) {
  const auto multipliers = tensors.take_values<int32_t>(name + ".multiplier", "I32");
  const auto shifts = tensors.take_values<int32_t>(name + ".shift", "I32");
  if (multipliers.size() != shifts.size()) {
    throw Error(name + ": " + std::to_string(multipliers.size()) + " multipliers and " +
                std::to_string(shifts.size()) + " shifts");
  }
  std::vector<FixedPoint> numbers;
  for (size_t c = 0; c < shifts.size(); ++c) {
    numbers.push_back({multipliers[c], shifts[c]});
  }
  return numbers;
}

Requantize read_requantize(const std::string& name, const ordered_json& json,
                           TensorReader& tensors) {
  return {.bias = tensors.take_values<int32_t>(name + ".bias", "I32"),
          .multipliers = read_fixed_points(name, tensors),
          .output = qparams_from(json.at("output")),
          .relu = json.at("relu").get<bool>()};
}

Conv2d read_conv(const std::string& name, const ordered_json& json, TensorReader& tensors) {
  return {.weights = read_weights(name, json.at("weight"), tensors),
          .requantize = read_requantize(name, json, tensors),
          .stride = integer_at<int>(json, "stride"),
          .padding = integer_at<int>(json, "padding"),
          .groups = integer_at<int>(json, "groups"),
          .pool = integer_at<int>(json, "pool")};
}

Linear read_linear(const std::string& name, const ordered_json& json, TensorReader& tensors) {
  return {.weights = read_weights(name, json.at("weight"), tensors),
          .requantize = read_requantize(name, json, tensors)};
}

Add read_add(const std::string& name, const ordered_json& json, TensorReader& tensors) {
  const auto multipliers = tensors.take_values<int32_t>(name + ".multiplier", "I32");
  const auto shift = tensors.take_values<int32_t>(name + ".shift", "I32");
  if (multipliers.size() != 2 || shift.size() != 1) {
    throw Error(name + ": " + std::to_string(multipliers.size()) + " multipliers and " +
                std::to_string(shift.size()) + " shifts, expected two and one");
  }
  return {{.multipliers = {multipliers[0], multipliers[1]},
           .shift = shift[0],
           .output = qparams_from(json.at("output")),
           .relu = json.at("relu").get<bool>()}};
}

GlobalAveragePool read_pool(const std::string& name, const ordered_json& json,
                            TensorReader& tensors) {
  const std::vector<FixedPoint> multiplier = read_fixed_points(name, tensors);
  if (multiplier.size() != 1) {
    throw Error(name + ": " + std::to_string(multiplier.size()) + " multipliers, expected one");
  }
  return {.multiplier = multiplier[0], .output = qparams_from(json.at("output"))};
}

Downsample read_downsample(const ordered_json& json) {
  return {.stride = integer_at<int>(json, "stride"),
          .channels_before = integer_at<int>(json, "channels_before"),
          .channels_after = integer_at<int>(json, "channels_after")};
}

Op read_op(const ordered_json& json, TensorReader& tensors) {
  Op op{.name = json.at("name").get<std::string>(),
        .inputs = integers_at<int>(json, "inputs"),
        .body = {}};
  const auto kind = json.at("kind").get<std::string>();
  const auto index = std::find(std::begin(kKinds), std::end(kKinds), kind) - std::begin(kKinds);
  switch (index) {
    case 0:
      op.body = read_conv(op.name, json, tensors);
      break;
    case 1:
      op.body = read_linear(op.name, json, tensors);
      break;
    case 2:
      op.body = read_add(op.name, json, tensors);
      break;
    case 3:
      op.body = read_pool(op.name, json, tensors);
      break;
    case 4:
      op.body = read_downsample(json);
      break;
    default:
      throw Error(op.name + ": operator kind '" + kind + "' is unknown");
  }
  return op;
}

InputTable read_input_table(int64_t channels, TensorReader& tensors) {
  if (!tensors.has(kInputTable)) {
    return {};
  }
  const RawTensor& table = tensors.take(kInputTable, "U8");
  if (table.shape != std::vector<int64_t>{channels, kMaxCode + 1}) {
    throw Error(std::string(kInputTable) + ": expected shape [" + std::to_string(channels) +
                ", 256]");
  }
  return {table.bytes.begin(), table.bytes.end()};
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
                  .input_table = {},
                  .ops = {}};
  TensorReader tensors(file);
  program.input_table = read_input_table(shape[0], tensors);
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
  if (!program.input_table.empty()) {
    RawTensor table = raw("U8", program.input_table);
    table.shape = {program.input_shape.channels, kMaxCode + 1};
    file.tensors.emplace_back(kInputTable, std::move(table));
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
