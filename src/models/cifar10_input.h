#pragma once
// What networks for CIFAR-10 read.

#include "nn/input.h"

namespace floatsd::models {

/// 3 x 32 x 32 bytes, normalized by the mean (0.4914, 0.4822, 0.4465) and the standard deviation
/// (0.2470, 0.2435, 0.2616) of the training images' red, green and blue.
nn::InputSpec cifar10_input();

}  // namespace floatsd::models
