#pragma once
// Program: the integer network. A list of operators over 8-bit codes, in the order in which they
// run, with every number that an inference needs; no floats between the input codes and the
// output codes. convert makes one, model_file stores it, the interpreter and the exports read it.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "floatsd/core/activation_shape.h"
#include "floatsd/core/axes_order.h"
#include "floatsd/core/pool_counts.h"
#include "floatsd/core/qparams.h"
#include "floatsd/core/requantize.h"

namespace floatsd::runtime {

/// A weight tensor as integer levels; real value = level * scale.
struct Weights {
  std::string format;  ///< a codebook's name
  Granularity granularity = Granularity::kPerTensor;
  std::vector<int64_t> shape;   ///< conv2d [O, I / groups, Kh, Kw], linear [O, I]
  std::vector<int16_t> levels;  ///< row-major
  std::vector<float> scales;    ///< 1, or O
};

/// acc[o, y, x] = sum over i, ky, kx of level * (input code - input zero point) at row
/// y * stride + ky * dilation - padding.top and column alike, where padding contributes 0; then the
/// maximum over pool x pool windows of acc (1: none; stride = window, a remainder at the border is
/// dropped); then requantize. Pooling before requantization gives the same codes as after it,
/// because requantization never decreases.
struct Conv2d {
  Weights weights;
  Requantize requantize;
  Extent stride;
  Padding padding;
  Extent dilation;
  int groups = 1;
  int pool = 1;

  /// How the kernel moves.
  [[nodiscard]] Window window() const {
    return {.size = {static_cast<int>(weights.shape[2]), static_cast<int>(weights.shape[3])},
            .stride = stride,
            .padding = padding,
            .dilation = dilation};
  }
};

/// acc[o] = sum over i of level * (input code - input zero point), the input flattened in C, H, W
/// order; then requantize.
struct Linear {
  Weights weights;
  Requantize requantize;
};

/// code[c, y, x] = add_codes(a[c, y, x] - za, b[c, y, x] - zb, requantize) of two inputs of one
/// shape.
struct Add {
  AddRequantize requantize;
};

/// [C, H, W] -> [C, 1, 1]: acc[c] = sum over y, x of (input code - input zero point);
/// code = requantize(acc, multiplier, output.zero_point, kMinCode). The division by H * W is in the
/// multiplier (average_multiplier).
struct GlobalAveragePool {
  FixedPoint multiplier;
  QParams output;
};

/// Every stride-th pixel in both directions, the first one included, between `channels_before` and
/// `channels_after` new channels that hold the input's zero point. Codes keep their meaning: the
/// output's qparams are the input's. (The shortcut without parameters of He et al. 2015, option A.)
struct Downsample {
  int stride = 1;
  int channels_before = 0;
  int channels_after = 0;
};

/// Channels of the first input, then of the second, and so on, of as many rows and columns:
/// code = requantize(input code - input zero point, multipliers[input], output.zero_point,
/// kMinCode), each input by its own (average_multiplier of one value). An input of the output's
/// qparams keeps its codes.
struct Concat {
  std::vector<FixedPoint> multipliers;
  QParams output;
};

/// code[c, y, x] = the largest code in the window; padding does not count. Codes keep their
/// meaning: the output's qparams are the input's.
struct MaxPool {
  Window window;
};

/// acc[c, y, x] = sum of (input code - input zero point) in the window, where padding adds 0;
/// code = requantize(acc, multiplier, output.zero_point, kMinCode). The division by the number of
/// values is in the multiplier (average_multiplier). At a border windows may hold fewer values:
/// there is a multiplier for each number of them (pool_counts), ascending.
struct AveragePool {
  Window window;
  PaddingCounts padding_counts = PaddingCounts::kYes;
  std::vector<FixedPoint> multipliers;
  QParams output;
};

/// [C, H, W] -> [C * H * W, 1, 1], in that order of axes. Codes keep their meaning.
struct Flatten {
  AxesOrder order = AxesOrder::kChannelsFirst;
};

/// code = min(max(input code, lower), upper): a ReLU that is part of no other operator. Codes keep
/// their meaning.
struct Clamp {
  int32_t lower = kMinCode;
  int32_t upper = kMaxCode;
};

/// Where an operator's input comes from: the index of an earlier operator, or the network's input.
inline constexpr int kNetworkInput = -1;

struct Op {
  std::string name;         ///< the layer's name in the float network
  std::vector<int> inputs;  ///< two for add, two or more for concat, one for all others
  std::variant<Conv2d, Linear, Add, GlobalAveragePool, Downsample, Concat, MaxPool, AveragePool,
               Flatten, Clamp>
      body;
};

using floatsd::ActivationShape;

/// The input code of each channel's pixel bytes, [C][256] row-major; empty if the code is the
/// byte itself.
using InputTable = std::vector<uint8_t>;

/// Which real number a channel's byte stands for: (byte / 255 - mean) / deviation, one of each for
/// a channel. An inference does not need it, as the input's codes have it in them.
struct Normalization {
  std::vector<float> mean = {}, deviation = {};
  bool operator==(const Normalization&) const = default;
};

struct Program {
  std::string network;  ///< "lenet"
  ActivationShape input_shape;
  QParams input;  ///< of the input codes
  InputTable input_table;
  std::vector<Op> ops;               ///< the last one's output is the network's: one code a class
  Normalization normalization = {};  ///< empty: unknown
  std::vector<std::string> class_names = {};  ///< of all outputs, in their order; empty: unknown
};

/// The operator's kind as model files and reports name it: "conv2d", "linear", "add",
/// "global_average_pool", "downsample", "concat", "max_pool", "average_pool", "flatten", "clamp".
const char* kind(const Op& op);

/// The parts of an operator with weights; null if `op` has none.
const Weights* weights(const Op& op);
const Requantize* requantization(const Op& op);

/// Over how many values each window of the pool is.
PoolCounts pool_counts(const AveragePool& pool, const ActivationShape& in);
/// The multiplier of each window, in the order of the output's pixels; of the window at (y, x).
std::vector<FixedPoint> pixel_multipliers(const AveragePool& pool, const ActivationShape& in);
FixedPoint multiplier_at(const AveragePool& pool, const ActivationShape& in, int64_t y, int64_t x);

/// The qparams of the codes that `op` reads as its index-th input, and of those that it writes.
/// Require that every op's inputs are ops before it.
const QParams& input_qparams(const Program& program, const Op& op, size_t index = 0);
const QParams& output_qparams(const Program& program, const Op& op);

/// The shape of what `op` reads as its index-th input, given the shapes of the ops before it.
const ActivationShape& input_shape(const Program& program, const Op& op,
                                   const std::vector<ActivationShape>& shapes, size_t index = 0);

/// The shapes of all that it reads, in order.
std::vector<ActivationShape> input_shapes(const Program& program, const Op& op,
                                          const std::vector<ActivationShape>& shapes);

/// The output shape of each operator, in order.
/// Throws Error naming the operator if shapes, inputs or vector lengths do not fit together, rows,
/// columns, a kernel or a padding exceed 32768, channels 65536, an activation 2^23 values (inside
/// its padding and ahead of its pooling), or all of an image's activations 2^27.
std::vector<ActivationShape> output_shapes(const Program& program);

/// The largest magnitude that the integer ahead of each operator's shift can reach with any input,
/// where z is the input's zero point and x = max(z, 255 - z):
/// conv2d, linear: |acc + bias|, over output channels the maximum of sum |level| * x + |bias|;
/// add: multipliers[0] * x of its first input + multipliers[1] * x of its second;
/// averages: the most values of a window * x; concat: the largest x; the others, which only copy:
/// 0. Throws as output_shapes.
std::vector<int64_t> accumulator_bounds(const Program& program);

/// Throws Error with operator and value if the program is not one that runs exactly: shapes
/// (output_shapes), an input table of another size, a normalization of another number of channels
/// or with numbers that are not finite (a deviation also not positive), class names that are not as
/// many as the outputs, two operators of one name, scales that are not positive and finite, zero
/// points outside 0..255, an accumulator bound that reaches 2^31. Throws FormatViolation if a
/// weight is no level of its format, or a multiplier does not follow from the scales
/// (choose_requantize, choose_add_requantize, average_multiplier).
void validate(const Program& program);

}  // namespace floatsd::runtime
