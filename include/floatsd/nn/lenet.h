#pragma once
// LeNet for 28x28 grey images, with 16, 32 and 120 channels.

#include "floatsd/nn/graph.h"

namespace floatsd::nn {

/// conv1 1->16 5x5 padding 2, conv2 16->32 5x5, conv3 32->120 5x5, each with ReLU, the first two
/// with 2x2 max pooling; fc1 120->84 with ReLU, fc2 84->10. Input: bytes, real value byte / 255.
Graph lenet();

}  // namespace floatsd::nn
