#pragma once
// A tensor's shape as a person writes it.

#include <cstdint>
#include <string>
#include <vector>

namespace floatsd::app {

/// "16x1x5x5"; "scalar" of a tensor without axes.
std::string shape_text(const std::vector<int64_t>& shape);

}  // namespace floatsd::app
