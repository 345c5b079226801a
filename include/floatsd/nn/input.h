#pragma once
// Input: how images become what a network reads, as reals and as codes.

#include <cstdint>
#include <vector>

#include "floatsd/nn/block.h"
#include "floatsd/quant/choose_qparams.h"
#include "floatsd/quant/scale_grid.h"

namespace floatsd::nn {

/// Images [channels, height, width] of bytes; channel c's real value is
/// (byte / 255 - mean[c]) / deviation[c].
struct InputSpec {
  int64_t channels = 1, height = 1, width = 1;
  std::vector<float> mean = std::vector<float>(static_cast<size_t>(channels), 0.0F);
  std::vector<float> deviation = std::vector<float>(static_cast<size_t>(channels), 1.0F);
  quant::ScaleGrid scales = quant::ScaleGrid::kAny;  ///< set by prepare, as the next
  quant::ActivationScheme scheme = quant::ActivationScheme::kAffine;
};

/// The qparams of the input's 8-bit codes: one scale for all channels, over the range of all real
/// values that a byte can have (choose_activation_qparams).
QParams input_qparams(const InputSpec& spec);

/// The code of each channel's bytes, [channels][256] row-major:
/// clamp(rne(real / scale) + zero_point, 0, 255). Without mean, deviation and grid a code is its
/// byte.
std::vector<uint8_t> input_table(const InputSpec& spec);

/// Pixels [N, C, H, W] (uint8) as reals, and as codes less their zero point with their qparams;
/// both channels-last.
Signal input_reals(const InputSpec& spec, const at::Tensor& pixels);
Signal input_codes(const InputSpec& spec, const at::Tensor& pixels);

}  // namespace floatsd::nn
