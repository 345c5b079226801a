#pragma once
// Pool: what pools over windows have in common in C.

#include <string>

#include "emit/c/operator.h"
#include "floatsd/core/window.h"

namespace floatsd::emit::c {

/// A pool but for its title and the functions that it calls: its window, and ID_pool, which goes
/// over windows and their channels. `statements` write an output code to `*out++`. They may read
/// the output's `y` and `x`, the channel `c`, the image `in`, and what a function with
/// loop_over_positions takes: `window`, and the first `row`, `column` and `place` of the one at
/// hand.
OperatorC write_pool(const Window& window, const std::string& statements, const Site& site);

}  // namespace floatsd::emit::c
