#pragma once
// Network options: what a network of the zoo may vary.

#include <cstdint>
#include <optional>
#include <string>

#include "floatsd/nn/activation.h"
#include "floatsd/nn/input_spec.h"

namespace floatsd::models {

struct NetworkOptions {
  double width = 1.0;  ///< of the layers' channels, above 0 and at most 16
  nn::Activation activation = nn::Activation::kRelu;
  std::optional<nn::InputSpec>
      input;  ///< nothing: that of the images that the network is known for
  int64_t classes = 10;
};

/// channels * width, rounded to a multiple of 8 (at least 8) and never below nine tenths of it.
/// Source: Sandler et al. 2018's reference code.
int64_t scaled_channels(int64_t channels, double width);

}  // namespace floatsd::models
