#pragma once
// The learning rate over a training.

#include <cstdint>

namespace floatsd::train {

/// base * (1 + cos(pi * step / steps)) / 2: from base at step 0 to 0 at `steps`.
/// Source: Loshchilov and Hutter 2017 (SGDR), without restarts. Requires 0 <= step <= steps.
double cosine_learning_rate(double base, int64_t step, int64_t steps);

}  // namespace floatsd::train
