#pragma once
// The operators straight from their definition in runtime/program.h: plain loops over [C, H, W].
// Slow; the oracle of the fast kernels, and what runs convolutions that have no fast one.

#include <cstdint>
#include <span>
#include <vector>

#include "floatsd/runtime/program.h"

namespace floatsd::runtime::kernels {

/// What an operator reads: an image of codes [C, H, W], and the code that counts as zero.
struct Operand {
  ActivationShape shape;
  std::span<const uint8_t> codes;
  int32_t zero_point = 0;
};

/// The sum of output channel o at (y, x), ahead of bias and pooling.
int64_t accumulate(const Conv2d& conv, const Operand& input, int64_t o, int64_t y, int64_t x);
int64_t accumulate(const Linear& linear, const Operand& input, int64_t o);

/// Runs `op` on one image. Requires as many inputs as the operator has, and spans of the shapes'
/// sizes.
void run_reference(const Op& op, std::span<const Operand> inputs, const ActivationShape& out,
                   std::span<uint8_t> output);

/// The input codes of an image's bytes [C, H, W]. Requires a whole image.
std::vector<uint8_t> input_codes(const Program& program, std::span<const uint8_t> image);

}  // namespace floatsd::runtime::kernels
