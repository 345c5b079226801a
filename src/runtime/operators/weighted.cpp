#include "runtime/operators/weighted.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "core/counted.h"
#include "core/json.h"
#include "floatsd/core/codebook.h"
#include "runtime/operators/numbers.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

using nlohmann::ordered_json;

constexpr const char* kGranularities[] = {"per-tensor", "per-channel"};

int64_t sum_of_magnitudes(const int16_t* levels, int64_t count) {
  int64_t sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    sum += std::abs(levels[i]);
  }
  return sum;
}

void check_weights(const std::string& name, const Weights& weights) {
  const auto channels = static_cast<size_t>(weights.shape.front());
  int64_t count = 1;
  for (const int64_t size : weights.shape) {
    count *= size;
  }
  require(static_cast<int64_t>(weights.levels.size()) == count, name,
          counted(weights.levels.size(), "weight") + ", expected " + std::to_string(count));
  const size_t scales = weights.granularity == Granularity::kPerTensor ? 1 : channels;
  require(
      weights.scales.size() == scales, name,
      std::to_string(weights.scales.size()) + " weight scales, expected " + std::to_string(scales));
  for (const float scale : weights.scales) {
    require(std::isfinite(scale) && scale > 0, name,
            "weight scale " + std::to_string(scale) + ", expected a positive number");
  }
  const Codebook& codebook =
      named(name, [&]() -> const Codebook& { return find_codebook(weights.format); });
  for (size_t i = 0; i < weights.levels.size(); ++i) {
    if (!contains(codebook, weights.levels[i])) {
      throw FormatViolation(name + ": weight " + std::to_string(i) + " is " +
                            std::to_string(weights.levels[i]) + ", which is no level of " +
                            weights.format);
    }
  }
}

void check_requantize(const std::string& name, const Requantize& requantize, float input_scale,
                      const Weights& weights) {
  const auto channels = static_cast<size_t>(weights.shape.front());
  require(requantize.bias.size() == channels && requantize.multipliers.size() == channels, name,
          std::to_string(requantize.bias.size()) + " biases and " +
              std::to_string(requantize.multipliers.size()) + " multipliers, expected " +
              std::to_string(channels) + " of each");
  const std::vector<float> no_bias(channels, 0.0F);
  const Requantize expected = named(name, [&] {
    return choose_requantize(no_bias, input_scale, weights.scales, requantize.output);
  });
  for (size_t c = 0; c < channels; ++c) {
    check_multiplier(name, "multiplier of channel " + std::to_string(c), requantize.multipliers[c],
                     expected.multipliers[c]);
  }
}

const Codebook& format_of(const std::string& name, const Weights& weights) {
  return named(name + ".weight",
               [&]() -> const Codebook& { return find_codebook(weights.format); });
}

bool codes_are_levels(const Codebook& codebook) { return codebook.name == "int8"; }

}  // namespace

void check_weighted(const Place& place, const Weights& weights, const Requantize& requantize) {
  check_weights(place.op.name, weights);
  check_requantize(place.op.name, requantize, place.input().scale, weights);
  check_upper(place.op.name, requantize.upper, requantize.lower_code());
}

int64_t weighted_bound(const Place& place, const Weights& w, const Requantize& requantize) {
  const int64_t row = static_cast<int64_t>(w.levels.size()) / w.shape.front();
  int64_t bound = 0;
  for (int64_t o = 0; o < w.shape.front(); ++o) {
    const int64_t bias = requantize.bias[static_cast<size_t>(o)];
    bound =
        std::max(bound, sum_of_magnitudes(w.levels.data() + o * row, row) * place.largest_input() +
                            std::abs(bias));
  }
  return bound;
}

void describe_weighted(const Weights& w, const Requantize& requantize, ordered_json& json) {
  json["weight"] = {{"shape", w.shape},
                    {"format", w.format},
                    {"granularity", kGranularities[static_cast<int>(w.granularity)]}};
  json["output"] = qparams_json(requantize.output);
  json["relu"] = requantize.relu;
  describe_upper(requantize.upper, json);
}

void add_weighted_numbers(const std::string& name, const Weights& weights,
                          const Requantize& requantize, Safetensors& file) {
  file.tensors.emplace_back(name + ".bias", raw("I32", requantize.bias));
  add_fixed_points(name, requantize.multipliers, file);
  file.tensors.emplace_back(name + ".weight_scale", raw("F32", weights.scales));
}

void add_weight_codes(const std::string& name, const Weights& weights, Safetensors& file) {
  const Codebook& codebook = find_codebook(weights.format);
  RawTensor codes = raw("U8", pack(codebook, weights.levels));
  if (codes_are_levels(codebook)) {
    codes.dtype = "I8";
    codes.shape = weights.shape;
  }
  file.tensors.emplace_back(name + ".weight", std::move(codes));
}

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
  w.levels =
      named(name + ".weight", [&] { return unpack(codebook, bytes, static_cast<size_t>(count)); });
  return w;
}

Requantize read_requantize(const std::string& name, const nlohmann::json& record,
                           TensorReader& tensors) {
  return {.bias = tensors.take_values<int32_t>(name + ".bias", "I32"),
          .multipliers = read_fixed_points(name, tensors),
          .output = qparams_from(record.at("output")),
          .relu = record.at("relu").get<bool>(),
          .upper = read_upper(record)};
}

std::string shape_text(const std::vector<int64_t>& shape) {
  std::string list;
  for (const int64_t size : shape) {
    list += (list.empty() ? "[" : ", ") + std::to_string(size);
  }
  return list + "]";
}

bool are_sizes(const std::vector<int64_t>& shape) {
  return std::all_of(shape.begin(), shape.end(), is_size);
}

int32_t requantize_channel(const Requantize& by, int64_t acc, int64_t o) {
  return std::min(floatsd::requantize(acc + by.bias[o], by.multipliers[o], by.output.zero_point,
                                      by.lower_code()),
                  by.upper);
}

}  // namespace floatsd::runtime
