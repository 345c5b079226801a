#include "op_record.h"

#include <algorithm>
#include <map>

#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"
#include "floatsd/core/json.h"
#include "floatsd/core/window_json.h"

namespace floatsd::runtime {
namespace {

using nlohmann::ordered_json;
using Body = decltype(Op::body);

constexpr const char* kGranularities[] = {"per-tensor", "per-channel"};

template <typename T>
RawTensor raw(const char* dtype, const std::vector<T>& values) {
  RawTensor tensor{dtype, {static_cast<int64_t>(values.size())}, {}};
  tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return tensor;
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
  json["stride"] = to_json(conv.stride);
  json["padding"] = to_json(conv.padding);
  if (conv.dilation != Extent(1)) {
    json["dilation"] = to_json(conv.dilation);
  }
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

const Codebook& format_of(const std::string& name, const Weights& weights) {
  try {
    return find_codebook(weights.format);
  } catch (const Error& error) {
    throw Error(name + ".weight: " + error.what());
  }
}

bool codes_are_levels(const Codebook& codebook) { return codebook.name == "int8"; }

Weights read_weights(const std::string& name, const nlohmann::json& record, TensorReader& tensors) {
  Weights w{.format = record.at("format").get<std::string>(),
            .granularity = Granularity::kPerTensor,
            .shape = integers_at<int64_t>(record, "shape"),
            .levels = {},
            .scales = tensors.take_values<float>(name + ".weight_scale", "F32")};
  const auto granularity = record.at("granularity").get<std::string>();
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
  const bool whole = codes_are_levels(codebook);
  const RawTensor& codes = tensors.take(name + ".weight", whole ? "I8" : "U8");
  TensorReader::check_shape(
      name + ".weight", codes,
      whole ? w.shape : std::vector{static_cast<int64_t>(codes.bytes.size())});
  const std::vector<uint8_t> bytes(codes.bytes.begin(), codes.bytes.end());
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

Requantize read_requantize(const std::string& name, const nlohmann::json& record,
                           TensorReader& tensors) {
  return {.bias = tensors.take_values<int32_t>(name + ".bias", "I32"),
          .multipliers = read_fixed_points(name, tensors),
          .output = qparams_from(record.at("output")),
          .relu = record.at("relu").get<bool>()};
}

Body read_conv(const std::string& name, const nlohmann::json& record, TensorReader& tensors) {
  return Conv2d{.weights = read_weights(name, record.at("weight"), tensors),
                .requantize = read_requantize(name, record, tensors),
                .stride = value_at(record, "stride", extent_from),
                .padding = value_at(record, "padding", padding_from),
                .dilation = record.contains("dilation") ? value_at(record, "dilation", extent_from)
                                                        : Extent(1),
                .groups = integer_at<int>(record, "groups"),
                .pool = integer_at<int>(record, "pool")};
}

Body read_linear(const std::string& name, const nlohmann::json& record, TensorReader& tensors) {
  return Linear{.weights = read_weights(name, record.at("weight"), tensors),
                .requantize = read_requantize(name, record, tensors)};
}

Body read_add(const std::string& name, const nlohmann::json& record, TensorReader& tensors) {
  const auto multipliers = tensors.take_values<int32_t>(name + ".multiplier", "I32");
  const auto shift = tensors.take_values<int32_t>(name + ".shift", "I32");
  if (multipliers.size() != 2 || shift.size() != 1) {
    throw Error(name + ": " + std::to_string(multipliers.size()) + " multipliers and " +
                std::to_string(shift.size()) + " shifts, expected two and one");
  }
  return Add{{.multipliers = {multipliers[0], multipliers[1]},
              .shift = shift[0],
              .output = qparams_from(record.at("output")),
              .relu = record.at("relu").get<bool>()}};
}

Body read_pool(const std::string& name, const nlohmann::json& record, TensorReader& tensors) {
  const std::vector<FixedPoint> multiplier = read_fixed_points(name, tensors);
  if (multiplier.size() != 1) {
    throw Error(name + ": " + std::to_string(multiplier.size()) + " multipliers, expected one");
  }
  return GlobalAveragePool{.multiplier = multiplier[0],
                           .output = qparams_from(record.at("output"))};
}

Body read_downsample(const std::string& /*name*/, const nlohmann::json& record,
                     TensorReader& /*tensors*/) {
  return Downsample{.stride = integer_at<int>(record, "stride"),
                    .channels_before = integer_at<int>(record, "channels_before"),
                    .channels_after = integer_at<int>(record, "channels_after")};
}

}  // namespace

ordered_json qparams_json(const QParams& qparams) {
  return {{"scale", qparams.scale}, {"zero_point", qparams.zero_point}};
}

QParams qparams_from(const nlohmann::json& record) {
  return {record.at("scale").get<float>(), integer_at<int32_t>(record, "zero_point")};
}

ordered_json op_json(const Op& op) {
  ordered_json json;
  json["name"] = op.name;
  json["kind"] = kind(op);
  json["inputs"] = op.inputs;
  std::visit([&](const auto& body) { describe(body, json); }, op.body);
  return json;
}

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
  if (codes_are_levels(codebook)) {
    codes.dtype = "I8";
    codes.shape = w->shape;
  }
  file.tensors.emplace_back(op.name + ".weight", std::move(codes));
}

Op read_op(const nlohmann::json& record, TensorReader& tensors) {
  using Reader = Body (*)(const std::string&, const nlohmann::json&, TensorReader&);
  static const std::map<std::string, Reader> readers = {{"conv2d", read_conv},
                                                        {"linear", read_linear},
                                                        {"add", read_add},
                                                        {"global_average_pool", read_pool},
                                                        {"downsample", read_downsample}};
  Op op{.name = record.at("name").get<std::string>(),
        .inputs = integers_at<int>(record, "inputs"),
        .body = {}};
  const auto kind = record.at("kind").get<std::string>();
  const auto reader = readers.find(kind);
  if (reader == readers.end()) {
    throw Error(op.name + ": operator kind '" + kind + "' is unknown");
  }
  op.body = reader->second(op.name, record, tensors);
  return op;
}

}  // namespace floatsd::runtime
