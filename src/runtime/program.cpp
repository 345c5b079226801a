#include "floatsd/runtime/program.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <set>

#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"

namespace floatsd::runtime {
namespace {

/// The largest dimension, kernel or padding that a program may have: products of four stay in
/// int64.
constexpr int64_t kLargestSize = int64_t{1} << 15;

[[noreturn]] void refuse(const std::string& op, const std::string& what) {
  throw Error(op + ": " + what);
}

void require(bool holds, const std::string& op, const std::string& what) {
  if (!holds) {
    refuse(op, what);
  }
}

/// What `compute` gives; what it refuses is refused under the operator's name.
template <typename Compute>
decltype(auto) named(const std::string& op, const Compute& compute) {
  try {
    return compute();
  } catch (const Error& error) {
    refuse(op, error.what());
  }
}

std::string text(const std::vector<int64_t>& shape) {
  std::string list;
  for (const int64_t size : shape) {
    list += (list.empty() ? "[" : ", ") + std::to_string(size);
  }
  return list + "]";
}

bool is_size(int64_t value) { return value >= 1 && value <= kLargestSize; }

ActivationShape output_shape(const std::string& name, const ActivationShape& in,
                             const Conv2d& conv) {
  const std::vector<int64_t>& w = conv.weights.shape;
  require(w.size() == 4 && std::all_of(w.begin(), w.end(), is_size), name,
          "weight shape " + text(w) + ", expected [O, I / groups, Kh, Kw]");
  require(is_size(conv.stride) && is_size(conv.pool) && is_size(conv.groups) && conv.padding >= 0 &&
              conv.padding <= kLargestSize,
          name, "stride, pool and groups must be 1 or more, padding 0 or more");
  require(in.channels == w[1] * conv.groups && w[0] % conv.groups == 0, name,
          "weight shape " + text(w) + " with " + std::to_string(conv.groups) +
              " groups does not fit " + std::to_string(in.channels) + " input channels");
  const auto extent = [&](int64_t input, int64_t kernel) {
    const int64_t room = input + 2 * conv.padding - kernel;
    return room < 0 ? 0 : (room / conv.stride + 1) / conv.pool;
  };
  const ActivationShape out{w[0], extent(in.height, w[2]), extent(in.width, w[3])};
  require(out.height >= 1 && out.width >= 1, name,
          "an input of " + std::to_string(in.height) + " x " + std::to_string(in.width) +
              " is too small for its kernel and pooling");
  return out;
}

ActivationShape output_shape(const std::string& name, const ActivationShape& in,
                             const Linear& linear) {
  const std::vector<int64_t>& w = linear.weights.shape;
  require(w.size() == 2 && std::all_of(w.begin(), w.end(), is_size), name,
          "weight shape " + text(w) + ", expected [O, I]");
  require(w[1] == in.size(), name,
          "weight shape " + text(w) + " does not fit " + std::to_string(in.size()) + " inputs");
  return {w[0], 1, 1};
}

int64_t sum_of_magnitudes(const int8_t* levels, int64_t count) {
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

void check_requantize(const std::string& name, const Requantize& requantize, float input_scale,
                      const Weights& weights) {
  const auto channels = static_cast<size_t>(weights.shape.front());
  require(requantize.bias.size() == channels && requantize.multipliers.size() == channels, name,
          std::to_string(requantize.bias.size()) + " biases and " +
              std::to_string(requantize.multipliers.size()) + " multipliers, expected " +
              std::to_string(channels) + " of each");
  check_qparams(name, requantize.output);
  const std::vector<float> no_bias(channels, 0.0F);
  const Requantize expected = named(name, [&] {
    return choose_requantize(no_bias, input_scale, weights.scales, requantize.output);
  });
  for (size_t c = 0; c < channels; ++c) {
    const FixedPoint& found = requantize.multipliers[c];
    if (!(found == expected.multipliers[c])) {
      throw FormatViolation(name + ": multiplier of channel " + std::to_string(c) + " is " +
                            std::to_string(found.multiplier) + " * 2^-" +
                            std::to_string(found.shift) + ", expected " +
                            std::to_string(expected.multipliers[c].multiplier) + " * 2^-" +
                            std::to_string(expected.multipliers[c].shift) + " from its scales");
    }
  }
}

int64_t accumulator_bound(const Op& op, const QParams& input) {
  const Weights& w = weights(op);
  const int64_t row = static_cast<int64_t>(w.levels.size()) / w.shape.front();
  const int64_t largest_code = std::max(input.zero_point, kMaxCode - input.zero_point);
  int64_t bound = 0;
  for (int64_t o = 0; o < w.shape.front(); ++o) {
    const int64_t bias = requantization(op).bias[static_cast<size_t>(o)];
    bound = std::max(
        bound, sum_of_magnitudes(w.levels.data() + o * row, row) * largest_code + std::abs(bias));
  }
  return bound;
}

}  // namespace

const Weights& weights(const Op& op) {
  return std::visit([](const auto& body) -> const Weights& { return body.weights; }, op.body);
}

const Requantize& requantization(const Op& op) {
  return std::visit([](const auto& body) -> const Requantize& { return body.requantize; }, op.body);
}

const QParams& input_qparams(const Program& program, const Op& op) {
  const int from = op.inputs.front();
  return from == kNetworkInput ? program.input : output_qparams(program.ops[from]);
}

const QParams& output_qparams(const Op& op) { return requantization(op).output; }

std::vector<ActivationShape> output_shapes(const Program& program) {
  const ActivationShape& input = program.input_shape;
  require(is_size(input.channels) && is_size(input.height) && is_size(input.width), "input",
          "an image shape that is empty or too large");
  std::vector<ActivationShape> shapes;
  for (const Op& op : program.ops) {
    require(op.inputs.size() == 1, op.name, "expected one input");
    const int from = op.inputs.front();
    require(from == kNetworkInput || (from >= 0 && from < static_cast<int>(shapes.size())), op.name,
            "its input " + std::to_string(from) + " is no operator before it");
    const ActivationShape& in = from == kNetworkInput ? input : shapes[from];
    shapes.push_back(
        std::visit([&](const auto& body) { return output_shape(op.name, in, body); }, op.body));
  }
  return shapes;
}

std::vector<int64_t> accumulator_bounds(const Program& program) {
  std::vector<int64_t> bounds;
  for (const Op& op : program.ops) {
    bounds.push_back(accumulator_bound(op, input_qparams(program, op)));
  }
  return bounds;
}

void validate(const Program& program) {
  require(!program.ops.empty(), "program", "it has no operators");
  output_shapes(program);
  check_qparams("input", program.input);
  std::set<std::string> names;
  for (const Op& op : program.ops) {
    require(names.insert(op.name).second, op.name, "two operators have this name");
    const QParams& input = input_qparams(program, op);
    check_weights(op.name, weights(op));
    check_requantize(op.name, requantization(op), input.scale, weights(op));
    const int64_t bound = accumulator_bound(op, input);
    require(bound < kAccumulatorLimit, op.name,
            "its accumulator can reach " + std::to_string(bound) + ", expected less than 2^31");
  }
}

}  // namespace floatsd::runtime
