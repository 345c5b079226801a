#pragma once
// How many weights a network has.

#include <cstdint>

#include "floatsd/nn/architecture.h"

namespace floatsd::nn {

/// Of all layers.
int64_t count_weights(const Architecture& architecture);

}  // namespace floatsd::nn
