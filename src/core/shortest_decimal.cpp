#include "core/shortest_decimal.h"

#include <array>
#include <charconv>
#include <cstdlib>

namespace floatsd {

double shortest_decimal(float value) {
  std::array<char, 64> text{};
  std::to_chars(text.data(), text.data() + text.size() - 1, value);
  return std::strtod(text.data(), nullptr);
}

}  // namespace floatsd
