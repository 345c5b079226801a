#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "floatsd/core/codebook.h"
#include "floatsd/runtime/program.h"
#include "refuse.h"

namespace floatsd::runtime {
namespace {

int64_t sum_of_magnitudes(const int16_t* levels, int64_t count) {
  int64_t sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    sum += std::abs(levels[i]);
  }
  return sum;
}

void check_qparams(const std::string& name, const QParams& qparams) {
  require(std::isfinite(qparams.scale) && qparams.scale > 0, name,
          "scale " + std::to_string(qparams.scale) + ", expected a positive number");
  require(qparams.zero_point >= kMinCode && qparams.zero_point <= kMaxCode, name,
          "zero point " + std::to_string(qparams.zero_point) + ", expected 0 to 255");
}

void check_weights(const std::string& name, const Weights& weights) {
  const auto channels = static_cast<size_t>(weights.shape.front());
  int64_t count = 1;
  for (const int64_t size : weights.shape) {
    count *= size;
  }
  require(static_cast<int64_t>(weights.levels.size()) == count, name,
          std::to_string(weights.levels.size()) + " weights, expected " + std::to_string(count));
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

std::string text(const FixedPoint& number) {
  return std::to_string(number.multiplier) + " * 2^-" + std::to_string(number.shift);
}

/// `which`: "multiplier of channel 3".
void check_multiplier(const std::string& name, const std::string& which, const FixedPoint& found,
                      const FixedPoint& expected) {
  if (!(found == expected)) {
    throw FormatViolation(name + ": " + which + " is " + text(found) + ", expected " +
                          text(expected) + " from its scales");
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

void check_normalization(const Program& program) {
  const auto& [mean, deviation] = program.normalization;
  const auto channels = static_cast<size_t>(program.input_shape.channels);
  require(mean.size() == deviation.size() && (mean.empty() || mean.size() == channels), "input",
          std::to_string(mean.size()) + " means and " + std::to_string(deviation.size()) +
              " deviations, expected " + std::to_string(channels) + " of each or none");
  for (size_t c = 0; c < mean.size(); ++c) {
    require(std::isfinite(mean[c]) && std::isfinite(deviation[c]) && deviation[c] > 0, "input",
            "mean " + std::to_string(mean[c]) + " and deviation " + std::to_string(deviation[c]) +
                ", expected finite numbers, the deviation positive");
  }
}

void check_class_names(const Program& program, const ActivationShape& output) {
  const int64_t names = std::ssize(program.class_names);
  require(names == 0 || names == output.size(), "classes",
          std::to_string(names) + " names for " + std::to_string(output.size()) + " outputs");
}

int64_t largest_input(const QParams& input) {
  return std::max(input.zero_point, kMaxCode - input.zero_point);
}

/// An operator among its neighbours, for what differs from kind to kind.
struct Place {
  const Program& program;
  const Op& op;
  const ActivationShape& in;  ///< of the first input

  [[nodiscard]] const QParams& input(size_t index = 0) const {
    return input_qparams(program, op, index);
  }
};

int64_t weighted_bound(const Place& at, const Weights& w, const Requantize& requantize) {
  const int64_t row = static_cast<int64_t>(w.levels.size()) / w.shape.front();
  int64_t bound = 0;
  for (int64_t o = 0; o < w.shape.front(); ++o) {
    const int64_t bias = requantize.bias[static_cast<size_t>(o)];
    bound = std::max(bound,
                     sum_of_magnitudes(w.levels.data() + o * row, row) * largest_input(at.input()) +
                         std::abs(bias));
  }
  return bound;
}

int64_t accumulator_bound(const Place& at, const Conv2d& conv) {
  return weighted_bound(at, conv.weights, conv.requantize);
}

int64_t accumulator_bound(const Place& at, const Linear& linear) {
  return weighted_bound(at, linear.weights, linear.requantize);
}

int64_t accumulator_bound(const Place& at, const Add& add) {
  return add.requantize.multipliers[0] * largest_input(at.input(0)) +
         add.requantize.multipliers[1] * largest_input(at.input(1));
}

int64_t accumulator_bound(const Place& at, const GlobalAveragePool& /*pool*/) {
  return at.in.height * at.in.width * largest_input(at.input());
}

int64_t accumulator_bound(const Place& /*at*/, const Downsample& /*downsample*/) { return 0; }

int64_t accumulator_bound(const Place& at) {
  return std::visit([&](const auto& body) { return accumulator_bound(at, body); }, at.op.body);
}

void check_numbers(const Place& at, const Conv2d& conv) {
  check_weights(at.op.name, conv.weights);
  check_requantize(at.op.name, conv.requantize, at.input().scale, conv.weights);
}

void check_numbers(const Place& at, const Linear& linear) {
  check_weights(at.op.name, linear.weights);
  check_requantize(at.op.name, linear.requantize, at.input().scale, linear.weights);
}

void check_numbers(const Place& at, const Add& add) {
  const AddRequantize& found = add.requantize;
  const AddRequantize expected = named(at.op.name, [&] {
    return choose_add_requantize({at.input(0).scale, at.input(1).scale}, found.output);
  });
  for (size_t i = 0; i < found.multipliers.size(); ++i) {
    check_multiplier(at.op.name, "multiplier of input " + std::to_string(i),
                     {found.multipliers[i], found.shift},
                     {expected.multipliers[i], expected.shift});
  }
}

void check_numbers(const Place& at, const GlobalAveragePool& pool) {
  const FixedPoint expected = named(at.op.name, [&] {
    return average_multiplier(at.input().scale, at.in.height * at.in.width, pool.output.scale);
  });
  check_multiplier(at.op.name, "its multiplier", pool.multiplier, expected);
}

void check_numbers(const Place& /*at*/, const Downsample& /*downsample*/) {}

}  // namespace

std::vector<int64_t> accumulator_bounds(const Program& program) {
  const std::vector<ActivationShape> shapes = output_shapes(program);
  std::vector<int64_t> bounds;
  for (const Op& op : program.ops) {
    bounds.push_back(accumulator_bound({program, op, input_shape(program, op, shapes)}));
  }
  return bounds;
}

void validate(const Program& program) {
  require(!program.ops.empty(), "program", "it has no operators");
  const std::vector<ActivationShape> shapes = output_shapes(program);
  check_qparams("input", program.input);
  const auto entries = static_cast<size_t>(program.input_shape.channels * (kMaxCode + 1));
  require(program.input_table.empty() || program.input_table.size() == entries, "input",
          "a table of " + std::to_string(program.input_table.size()) + " codes, expected " +
              std::to_string(entries));
  check_normalization(program);
  check_class_names(program, shapes.back());
  std::set<std::string> names;
  for (const Op& op : program.ops) {
    require(names.insert(op.name).second, op.name, "two operators have this name");
    check_qparams(op.name, output_qparams(program, op));
    const Place at{program, op, input_shape(program, op, shapes)};
    std::visit([&](const auto& body) { check_numbers(at, body); }, op.body);
    const int64_t bound = accumulator_bound(at);
    require(bound < kAccumulatorLimit, op.name,
            "its accumulator can reach " + std::to_string(bound) + ", expected less than 2^31");
  }
}

}  // namespace floatsd::runtime
