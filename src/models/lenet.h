#pragma once
// LeNet, with 16, 32 and 120 channels.

#include <string_view>

#include "floatsd/models/network_options.h"
#include "floatsd/nn/architecture.h"

namespace floatsd::models {

/// conv1 1->16 5x5 padding 2, conv2 16->32 5x5, conv3 32->120 5x5, each with ReLU, the first two
/// with 2x2 max pooling; fc1 120->84 with ReLU, fc2 84->classes. The known input is MNIST's:
/// 1x28x28 bytes, real value byte / 255.
nn::Architecture lenet(std::string_view name, const NetworkOptions& options);

}  // namespace floatsd::models
