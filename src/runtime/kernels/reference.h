#pragma once
// The operators straight from their definition in runtime/program.h: plain loops over [C, H, W].
// Slow; the oracle of the fast kernels, and what runs grouped convolutions.

#include <cstdint>
#include <span>

#include "floatsd/runtime/program.h"

namespace floatsd::runtime::kernels {

/// Runs `op` on one image of codes. Requires spans of the shapes' sizes.
void run_reference(const Op& op, const ActivationShape& in, int32_t input_zero_point,
                   std::span<const uint8_t> input, const ActivationShape& out,
                   std::span<uint8_t> output);

}  // namespace floatsd::runtime::kernels
