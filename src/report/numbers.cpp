#include "report/numbers.h"

#include <cmath>
#include <cstdio>
#include <string>

namespace floatsd::report {
namespace {

constexpr const char* kInfinity = "\xe2\x88\x9e";  // U+221E

std::string formatted(const char* pattern, int digits, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, digits, value);
  return text;
}

}  // namespace

std::string grouped(int64_t value) {
  std::string text = std::to_string(value);
  const size_t first = value < 0 ? 1 : 0;
  for (size_t at = text.size(); at > first + 3;) {
    at -= 3;
    text.insert(at, ",");
  }
  return text;
}

std::string rounded(double value) {
  if (std::abs(value) < 1000) {
    return formatted("%.*g", 3, value);
  }
  constexpr const char* kUnits[] = {"k", "M", "G", "T", "P", "E"};
  size_t unit = 0;
  for (value /= 1000; std::abs(value) >= 999.5 && unit + 1 < std::size(kUnits); value /= 1000) {
    ++unit;
  }
  const int decimals = std::abs(value) < 9.995 ? 2 : std::abs(value) < 99.95 ? 1 : 0;
  return formatted("%.*f", decimals, value) + " " + kUnits[unit];
}

std::string fixed(double value, int decimals) {
  if (std::isnan(value)) {
    return kDash;
  }
  if (std::isinf(value)) {
    return (value < 0 ? "-" : "") + std::string(kInfinity);
  }
  return formatted("%.*f", decimals, value);
}

std::string decibels(const std::optional<double>& value) {
  return value ? fixed(*value, 1) + " dB" : kDash;
}

std::string percent_of(const std::optional<double>& share) {
  return share ? fixed(100 * *share, 2) + " %" : kDash;
}

std::string short_number(double value, int digits) { return formatted("%.*g", digits, value); }

std::string coordinate(double value) {
  std::string text = formatted("%.*f", 1, value);
  if (text.ends_with(".0")) {
    text.resize(text.size() - 2);
  }
  return text == "-0" ? "0" : text;
}

std::string counted(int64_t count, const std::string& noun) {
  return grouped(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace floatsd::report
