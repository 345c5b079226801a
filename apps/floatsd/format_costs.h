#pragma once
// What a network's weights cost: how many there are, and their bytes in a format.

#include <cstdint>

#include "floatsd/core/codebook.h"
#include "floatsd/nn/architecture.h"

namespace floatsd::app {

/// Of all layers.
int64_t count_weights(const nn::Architecture& architecture);

/// Of so many weights; scales and biases come on top.
int64_t stored_bytes(const Codebook& codebook, int64_t weights);

}  // namespace floatsd::app
