#include "floatsd/runtime/program.h"

#include <algorithm>

#include "runtime/operators/operator_kind.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

/// The most values of one image's activations together.
constexpr int64_t kMostValuesTogether = int64_t{1} << 27;

void check_inputs(const Op& op, size_t ops_before) {
  const auto [fewest, most] = kind_of(op).input_counts();
  require(op.inputs.size() >= fewest && op.inputs.size() <= most, op.name,
          std::to_string(op.inputs.size()) + " inputs, expected " + std::to_string(fewest) +
              (most > fewest ? " to " + std::to_string(most) : ""));
  for (const int from : op.inputs) {
    require(from == kNetworkInput || (from >= 0 && from < static_cast<int>(ops_before)), op.name,
            "its input " + std::to_string(from) + " is no operator before it");
  }
}

}  // namespace

const char* kind(const Op& op) { return kind_of(op).name(); }

const Weights* weights(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op.body)) {
    return &conv->weights;
  }
  const auto* linear = std::get_if<Linear>(&op.body);
  return linear == nullptr ? nullptr : &linear->weights;
}

const Requantize* requantization(const Op& op) {
  if (const auto* conv = std::get_if<Conv2d>(&op.body)) {
    return &conv->requantize;
  }
  const auto* linear = std::get_if<Linear>(&op.body);
  return linear == nullptr ? nullptr : &linear->requantize;
}

const QParams& input_qparams(const Program& program, const Op& op, size_t index) {
  const int from = op.inputs[index];
  return from == kNetworkInput ? program.input : output_qparams(program, program.ops[from]);
}

const QParams& output_qparams(const Program& program, const Op& op) {
  const Op* source = &op;
  while (true) {  // no recursion: a file may hold a long chain
    if (const QParams* own = kind_of(*source).output(*source)) {
      return *own;
    }
    if (source->inputs.front() == kNetworkInput) {
      return program.input;
    }
    source = &program.ops[source->inputs.front()];
  }
}

const ActivationShape& input_shape(const Program& program, const Op& op,
                                   const std::vector<ActivationShape>& shapes, size_t index) {
  const int from = op.inputs[index];
  return from == kNetworkInput ? program.input_shape : shapes[from];
}

std::vector<ActivationShape> input_shapes(const Program& program, const Op& op,
                                          const std::vector<ActivationShape>& shapes) {
  std::vector<ActivationShape> inputs;
  for (size_t i = 0; i < op.inputs.size(); ++i) {
    inputs.push_back(input_shape(program, op, shapes, i));
  }
  return inputs;
}

PoolCounts pool_counts(const AveragePool& pool, const ActivationShape& in) {
  return count_pooled(pool.window, in, pool.padding_counts);
}

std::vector<FixedPoint> pixel_multipliers(const AveragePool& pool, const ActivationShape& in) {
  const PoolCounts counts = pool_counts(pool, in);
  const std::vector<int64_t> distinct = counts.distinct();
  std::vector<FixedPoint> multipliers;
  for (const int64_t count : counts.by_pixel()) {
    const auto place = std::lower_bound(distinct.begin(), distinct.end(), count);
    multipliers.push_back(pool.multipliers[place - distinct.begin()]);
  }
  return multipliers;
}

FixedPoint multiplier_at(const AveragePool& pool, const ActivationShape& in, int64_t y, int64_t x) {
  return pixel_multipliers(pool, in)[y * pool.window.columns(in.width) + x];
}

std::vector<ActivationShape> output_shapes(const Program& program) {
  const ActivationShape& input = program.input_shape;
  named("input", [&] { check_shape("an image", input); });
  int64_t together = input.size();
  std::vector<ActivationShape> shapes;
  for (const Op& op : program.ops) {
    check_inputs(op, shapes.size());
    const std::vector<ActivationShape> inputs = input_shapes(program, op, shapes);
    shapes.push_back(named(op.name, [&] { return kind_of(op).output_shape(op, inputs); }));
    together += shapes.back().size();
    require(together <= kMostValuesTogether, op.name,
            "all outputs up to it have " + std::to_string(together) + " values, expected at most " +
                std::to_string(kMostValuesTogether));
  }
  return shapes;
}

}  // namespace floatsd::runtime
