#pragma once
// Input: how images become what a network reads, as reals and as codes.

#include <cstdint>
#include <vector>

#include "floatsd/core/qparams.h"
#include "floatsd/nn/input_spec.h"
#include "floatsd/ops/signal.h"

namespace floatsd::nn {

/// The qparams of the input's 8-bit codes: one scale for all channels, over the range of all real
/// values that a byte can have (choose_activation_qparams).
QParams input_qparams(const InputSpec& spec);

/// The code of each channel's bytes, [channels][256] row-major:
/// clamp(rne(real / scale) + zero_point, 0, 255). Without mean, deviation and grid a code is its
/// byte.
std::vector<uint8_t> input_table(const InputSpec& spec);

/// Pixels [N, C, H, W] (uint8) as reals, and as codes less their zero point with their qparams;
/// both channels-last.
ops::Signal input_reals(const InputSpec& spec, const at::Tensor& pixels);
ops::Signal input_codes(const InputSpec& spec, const at::Tensor& pixels);

}  // namespace floatsd::nn
