#pragma once
// Window: how a kernel or a pool moves over an image, in C.

#include <string>

#include "emit/c/operator.h"
#include "floatsd/core/window.h"

namespace floatsd::emit::c {

/// The definitions of `struct window` and `at_run_time(window)`.
std::string window_struct();

/// The definition of ID_window. Each output of the operator is pooled of pool x pool windows (1: it
/// is of one).
std::string window_constants(const Window& window, int pool, const Site& site);

/// The loops over the positions of one window, in a function with the counters `i` and `j`, which
/// takes `window`, `row`, `first_column` and `first_place`. The statement `inside` runs for each
/// position in the image, at `place`; the line `always`, if it is not "", for each one.
std::string loop_over_positions(const std::string& inside, const std::string& always);

}  // namespace floatsd::emit::c
