#pragma once
// How many weights a network has.

#include <cstdint>

#include "floatsd/nn/architecture.h"

namespace floatsd::app {

/// Of all layers.
int64_t count_weights(const nn::Architecture& architecture);

}  // namespace floatsd::app
