#pragma once
// Signal: the value that flows from block to block of a network.

#include <ATen/core/Tensor.h>

#include <memory>
#include <optional>

#include "floatsd/core/qparams.h"
#include "floatsd/ops/codes.h"

namespace floatsd::ops {

class Shards;

/// An activation [N, C, H, W] or [N, features]: reals, or codes with their qparams.
struct Signal {
  at::Tensor values;               ///< reals, float32; undefined if there are codes
  std::optional<QParams> qparams;  ///< of the codes
  Codes codes;
  std::shared_ptr<const Shards> shards;  ///< of the images N, if they are divided
};

/// Below this bound a float32 sum of integers is exact in every order.
inline constexpr double kExactInFloat = 0x1p24;

/// The signal as reals: its values, or codes less their zero point, times their scale.
at::Tensor real_values(const Signal& signal);
/// Its codes less their zero point, in float32. Requires codes.
at::Tensor code_values(const Signal& signal);
/// The signal of codes less their zero point (integers in float32).
Signal code_signal(const at::Tensor& values, QParams qparams,
                   const std::shared_ptr<const Shards>& shards = {});

/// A signal of the same kind, from what `work` makes of codes less their zero point, or of reals.
template <typename Work>
Signal of_either(const Signal& input, const Work& work) {
  return input.qparams ? code_signal(work(code_values(input)), *input.qparams, input.shards)
                       : Signal{.values = work(input.values), .shards = input.shards};
}

/// Reals rounded to the nearest codes, halves up, and clamped to them. Passes no gradient.
Signal quantized(const at::Tensor& reals, QParams qparams);

}  // namespace floatsd::ops
