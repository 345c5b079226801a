#pragma once
// Numbers as people read them.

#include <cstdint>
#include <optional>
#include <string>

namespace floatsd::report {

/// What stands for a number that is not known: U+2013.
inline constexpr const char* kDash = "\xe2\x80\x93";

/// "1,234,567".
std::string grouped(int64_t value);

/// Three digits: "834", "1.23 k", "45.6 M".
std::string rounded(double value);

/// With so many decimals; a dash for what is no number, the sign of infinity for what is infinite.
std::string fixed(double value, int decimals);

/// "12.3 dB", "1.25 %" (of a share), or a dash if there is none.
std::string decibels(const std::optional<double>& value);
std::string percent_of(const std::optional<double>& share);

/// As short as it may be with `digits` digits: "0.0125", "1.6e-05".
std::string short_number(double value, int digits = 4);

/// A place in a drawing: tenths at most, "12.5", "3".
std::string coordinate(double value);

/// "1 image", "2 images".
std::string counted(int64_t count, const std::string& noun);

}  // namespace floatsd::report
