#pragma once
// Program: the integer network. A list of operators over 8-bit codes, in the order in which they
// run, with every number that an inference needs; no floats between the input codes and the
// output codes. convert makes one, model_file stores it, the interpreter and the exports read it.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "floatsd/core/qparams.h"
#include "floatsd/core/requantize.h"

namespace floatsd::runtime {

/// A weight tensor as integer levels; real value = level * scale.
struct Weights {
  std::string format;  ///< a codebook's name
  Granularity granularity = Granularity::kPerTensor;
  std::vector<int64_t> shape;  ///< conv2d [O, I / groups, Kh, Kw], linear [O, I]
  std::vector<int8_t> levels;  ///< row-major
  std::vector<float> scales;   ///< 1, or O
};

/// acc[o, y, x] = sum over i, ky, kx of level * (input code - input zero point), where padding
/// contributes 0; then the maximum over pool x pool windows of acc (1: none; stride = window, a
/// remainder at the border is dropped); then requantize. Pooling before requantization gives the
/// same codes as after it, because requantization never decreases.
struct Conv2d {
  Weights weights;
  Requantize requantize;
  int stride = 1;
  int padding = 0;
  int groups = 1;
  int pool = 1;
};

/// acc[o] = sum over i of level * (input code - input zero point), the input flattened in C, H, W
/// order; then requantize.
struct Linear {
  Weights weights;
  Requantize requantize;
};

/// Where an operator's input comes from: the index of an earlier operator, or the network's input.
inline constexpr int kNetworkInput = -1;

struct Op {
  std::string name;         ///< the layer's name in the float network
  std::vector<int> inputs;  ///< one for conv2d and linear
  std::variant<Conv2d, Linear> body;
};

/// Shape of one image's activation, [C, H, W]; a linear operator's output is [O, 1, 1].
struct ActivationShape {
  int64_t channels = 0, height = 0, width = 0;
  [[nodiscard]] int64_t size() const { return channels * height * width; }
  bool operator==(const ActivationShape&) const = default;
};

struct Program {
  std::string network;  ///< "lenet"
  ActivationShape input_shape;
  QParams input;        ///< of the input codes; for images code = pixel byte
  std::vector<Op> ops;  ///< the last one's output is the network's: one code a class
};

/// The parts that every weighted operator has.
const Weights& weights(const Op& op);
const Requantize& requantization(const Op& op);

/// The qparams of what `op` reads and of what it writes.
const QParams& input_qparams(const Program& program, const Op& op);
const QParams& output_qparams(const Op& op);

/// The output shape of each operator, in order.
/// Throws Error naming the operator where shapes, inputs or vector lengths do not fit together.
std::vector<ActivationShape> output_shapes(const Program& program);

/// The largest |acc + bias| that any input can cause, for each operator: the maximum over output
/// channels of sum |level| * max(zero_point, 255 - zero_point) + |bias|.
std::vector<int64_t> accumulator_bounds(const Program& program);

/// Throws Error with operator and value where the program is not one that runs exactly: shapes
/// (output_shapes), two operators of one name, scales that are not positive and finite, zero points
/// outside 0..255, an accumulator bound that reaches 2^31. Throws FormatViolation where a weight is
/// no level of its format, or a multiplier does not follow from the scales (choose_requantize).
void validate(const Program& program);

}  // namespace floatsd::runtime
