#pragma once
// A shape as messages have it.

#include <cstdint>
#include <span>
#include <string>

namespace floatsd {

/// "[16, 1, 5, 5]"; "[]" without axes.
inline std::string shape_text(std::span<const int64_t> shape) {
  std::string list;
  for (const int64_t extent : shape) {
    list += (list.empty() ? "" : ", ") + std::to_string(extent);
  }
  return "[" + list + "]";
}

}  // namespace floatsd
