#pragma once
// Counted: a number of things in a sentence.

#include <cstdint>
#include <string>

namespace floatsd {

/// "1 mismatch", "2 mismatches".
inline std::string counted(int64_t count, const std::string& one, const std::string& several) {
  return std::to_string(count) + " " + (count == 1 ? one : several);
}

/// The same of a noun whose plural has an s alone: "1 image", "2 images".
inline std::string counted(int64_t count, const std::string& noun) {
  return counted(count, noun, noun + "s");
}

}  // namespace floatsd
