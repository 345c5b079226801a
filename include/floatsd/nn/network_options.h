#pragma once
// Network options: what a network's name may vary.

#include <cstdint>

#include "floatsd/nn/block.h"

namespace floatsd::nn {

struct NetworkOptions {
  double width = 1.0;  ///< of the layers' channels
  Activation activation = Activation::kRelu;
};

/// channels * width, rounded to a multiple of 8 (at least 8) and never below nine tenths of it.
/// Source: Sandler et al. 2018's reference code.
int64_t scaled_channels(int64_t channels, double width);

}  // namespace floatsd::nn
