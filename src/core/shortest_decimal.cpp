#include "core/shortest_decimal.h"

#include <array>
#include <charconv>

namespace floatsd {

double shortest_decimal(float value) {
  std::array<char, 64> text{};
  const char* end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  double decimal = value;                      // as it is if it is not finite
  std::from_chars(text.data(), end, decimal);  // in every locale
  return decimal;
}

}  // namespace floatsd
