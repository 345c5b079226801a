#include "floatsd/emit/report.h"

#include <algorithm>

#include "floatsd/core/codebook.h"

namespace floatsd::emit {
namespace {

LayerReport describe(const runtime::Op& op, int64_t bound) {
  const runtime::Weights& weights = runtime::weights(op);
  const Requantize& requantize = runtime::requantization(op);
  const Codebook& codebook = find_codebook(weights.format);
  const auto [smallest, largest] =
      std::minmax_element(weights.scales.begin(), weights.scales.end());
  LayerReport layer{.name = op.name,
                    .kind = std::holds_alternative<runtime::Linear>(op.body) ? "linear" : "conv2d",
                    .format = weights.format,
                    .granularity = weights.granularity,
                    .shape = weights.shape,
                    .bits = codebook.bits,
                    .format_levels = codebook.level_count(),
                    .smallest_scale = *smallest,
                    .largest_scale = *largest,
                    .output = requantize.output,
                    .accumulator_bound = bound};
  for (const int8_t level : weights.levels) {
    ++layer.histogram[level];
  }
  for (const auto& [level, count] : layer.histogram) {
    layer.partial_products = std::max(layer.partial_products, signed_powers_of_two(level));
  }
  constexpr size_t kBytesEach = 4;  // bias, multiplier, shift, scale: 32 bits in the file
  layer.weight_bytes = static_cast<int64_t>(pack(codebook, weights.levels).size());
  layer.other_bytes =
      static_cast<int64_t>(kBytesEach * (3 * requantize.bias.size() + weights.scales.size()));
  return layer;
}

}  // namespace

std::vector<LayerReport> report(const runtime::Program& program) {
  const std::vector<int64_t> bounds = runtime::accumulator_bounds(program);
  std::vector<LayerReport> layers;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    layers.push_back(describe(program.ops[i], bounds[i]));
  }
  return layers;
}

}  // namespace floatsd::emit
