#include "floatsd/emit/report.h"

#include <algorithm>
#include <bit>
#include <span>

#include "floatsd/core/codebook.h"

namespace floatsd::emit {
namespace {

constexpr int64_t kBytesEach = 4;  // of a bias, multiplier, shift or scale in the file

WeightReport describe(const runtime::Weights& weights) {
  const Codebook& codebook = find_codebook(weights.format);
  const auto [smallest, largest] =
      std::minmax_element(weights.scales.begin(), weights.scales.end());
  WeightReport report{.format = weights.format,
                      .granularity = weights.granularity,
                      .shape = weights.shape,
                      .bits = codebook.bits,
                      .format_levels = codebook.level_count(),
                      .smallest_scale = *smallest,
                      .largest_scale = *largest,
                      .bytes = static_cast<int64_t>(pack(codebook, weights.levels).size())};
  for (const int16_t level : weights.levels) {
    ++report.histogram[level];
  }
  for (const auto& [level, count] : report.histogram) {
    report.partial_products = std::max(report.partial_products, signed_powers_of_two(level));
  }
  return report;
}

/// Numbers beside the weights: biases, multipliers, shifts, weight scales.
int64_t count_numbers(const runtime::Op& op) {
  if (const Requantize* requantize = runtime::requantization(op)) {
    const size_t scales = runtime::weights(op)->scales.size();
    return static_cast<int64_t>(3 * requantize->bias.size() + scales);
  }
  if (std::holds_alternative<runtime::Add>(op.body)) {
    return 3;  // two multipliers, one shift
  }
  if (const auto* concat = std::get_if<runtime::Concat>(&op.body)) {
    return 2 * std::ssize(concat->multipliers);
  }
  if (const auto* pool = std::get_if<runtime::AveragePool>(&op.body)) {
    return 2 * std::ssize(pool->multipliers);
  }
  return std::holds_alternative<runtime::GlobalAveragePool>(op.body) ? 2 : 0;
}

int64_t is_multiplication(int32_t multiplier) {
  return std::popcount(static_cast<uint32_t>(multiplier)) > 1 ? 1 : 0;
}

/// One for each value of an input whose multiplier is no power of two.
int64_t count_multiplications(const runtime::Concat& concat,
                              std::span<const runtime::ActivationShape> inputs) {
  int64_t count = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    count += inputs[i].size() * is_multiplication(concat.multipliers[i].multiplier);
  }
  return count;
}

/// One for each window whose multiplier is no power of two, in each channel.
int64_t count_multiplications(const runtime::AveragePool& pool,
                              const runtime::ActivationShape& in) {
  int64_t windows = 0;
  for (const FixedPoint& by : runtime::pixel_multipliers(pool, in)) {
    windows += is_multiplication(by.multiplier);
  }
  return windows * in.channels;
}

/// For those inputs and an output of that shape.
int64_t count_multiplications(const runtime::Op& op,
                              std::span<const runtime::ActivationShape> inputs,
                              const runtime::ActivationShape& shape) {
  if (const Requantize* requantize = runtime::requantization(op)) {
    int64_t channels = 0;
    for (const FixedPoint& by : requantize->multipliers) {
      channels += is_multiplication(by.multiplier);
    }
    return channels * shape.height * shape.width;
  }
  if (const auto* add = std::get_if<runtime::Add>(&op.body)) {
    const auto& multipliers = add->requantize.multipliers;
    return shape.size() * (is_multiplication(multipliers[0]) + is_multiplication(multipliers[1]));
  }
  if (const auto* pool = std::get_if<runtime::GlobalAveragePool>(&op.body)) {
    return shape.size() * is_multiplication(pool->multiplier.multiplier);
  }
  if (const auto* concat = std::get_if<runtime::Concat>(&op.body)) {
    return count_multiplications(*concat, inputs);
  }
  if (const auto* pool = std::get_if<runtime::AveragePool>(&op.body)) {
    return count_multiplications(*pool, inputs.front());
  }
  return 0;
}

LayerReport describe(const runtime::Program& program, const runtime::Op& op, int64_t bound) {
  LayerReport layer{.name = op.name,
                    .kind = runtime::kind(op),
                    .output = runtime::output_qparams(program, op),
                    .other_bytes = kBytesEach * count_numbers(op),
                    .accumulator_bound = bound};
  if (const runtime::Weights* weights = runtime::weights(op)) {
    layer.weights = describe(*weights);
  }
  return layer;
}

}  // namespace

std::vector<LayerReport> report(const runtime::Program& program) {
  const std::vector<int64_t> bounds = runtime::accumulator_bounds(program);
  const std::vector<runtime::ActivationShape> shapes = runtime::output_shapes(program);
  std::vector<LayerReport> layers;
  for (size_t i = 0; i < program.ops.size(); ++i) {
    layers.push_back(describe(program, program.ops[i], bounds[i]));
    layers.back().multiplications = count_multiplications(
        program.ops[i], runtime::input_shapes(program, program.ops[i], shapes), shapes[i]);
  }
  return layers;
}

Totals totals(const runtime::Program& program, const std::vector<LayerReport>& layers) {
  Totals totals{.bytes = std::ssize(program.input_table)};
  for (const LayerReport& layer : layers) {
    totals.bytes += layer.other_bytes;
    totals.multiplications += layer.multiplications;
    if (layer.weights) {
      totals.bytes += layer.weights->bytes;
      for (const auto& [level, count] : layer.weights->histogram) {
        totals.weights += count;
      }
    }
  }
  return totals;
}

}  // namespace floatsd::emit
