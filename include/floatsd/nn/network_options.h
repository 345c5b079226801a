#pragma once
// Network options: what a network of the zoo may vary.

#include <cstdint>
#include <optional>
#include <string>

#include "floatsd/nn/block.h"
#include "floatsd/nn/input.h"

namespace floatsd::nn {

struct NetworkOptions {
  double width = 1.0;  ///< of the layers' channels
  Activation activation = Activation::kRelu;
  std::optional<InputSpec> input;  ///< nothing: that of the images that the network is known for
  int64_t classes = 10;
};

/// channels * width, rounded to a multiple of 8 (at least 8) and never below nine tenths of it.
/// Source: Sandler et al. 2018's reference code.
int64_t scaled_channels(int64_t channels, double width);

}  // namespace floatsd::nn
