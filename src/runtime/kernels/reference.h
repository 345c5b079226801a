#pragma once
// The operators straight from their definition in runtime/program.h: plain loops over [C, H, W].
// Slow; the oracle of the fast kernels.

#include <cstdint>
#include <span>
#include <vector>

#include "runtime/operators/operator_kind.h"

namespace floatsd::runtime::kernels {

/// Runs `op` on one image. Requires as many inputs as the operator has, and spans of the shapes'
/// sizes.
void run_reference(const Op& op, std::span<const Operand> inputs, const ActivationShape& out,
                   std::span<uint8_t> output);

/// Every operator's output codes [C, H, W] of one image's bytes, in the program's order. Requires a
/// valid program and a whole image.
std::vector<std::vector<uint8_t>> run_reference(const Program& program,
                                                std::span<const uint8_t> image);

/// The input code of a channel's byte.
inline uint8_t input_code(const Program& program, size_t channel, uint8_t byte) {
  constexpr size_t kBytes = 256;
  return program.input_table.empty() ? byte : program.input_table[channel * kBytes + byte];
}

/// The input codes of an image's bytes [C, H, W]. Requires a whole image.
std::vector<uint8_t> input_codes(const Program& program, std::span<const uint8_t> image);

}  // namespace floatsd::runtime::kernels
