#pragma once
// Quantity: what a network is measured by, which way is better, and how far it may move the other
// way if nobody says so. Its name is a key of baseline files (docs/checking.md).

#include <span>
#include <string>

namespace floatsd::check {

/// How far a value may be worse than the baseline's.
struct Tolerance {
  enum class Unit { kOfTheValue, kPercent };  ///< in the value's own unit, or a share of the value
  double amount = 0;
  Unit unit = Unit::kOfTheValue;
  bool operator==(const Tolerance&) const = default;

  /// In the unit of `value`, which it belongs to.
  [[nodiscard]] double around(double value) const;
};

/// "0.5", "20 %".
std::string to_string(const Tolerance& tolerance);

enum class Better { kHigher, kLower };
enum class Of { kEveryNetwork, kIntegerNetwork };
enum class Number { kWhole, kPercentage, kReal };

struct Quantity {
  const char* name;
  Better better;
  Of of;
  Number number;
  Tolerance tolerance;       ///< of a new baseline
  bool is_by_layer = false;  ///< one for each layer of the network
  bool is_optional = false;  ///< measured if somebody asks for it
};

/// accuracy, right_images, mismatches, bytes, multiplications, accumulator_bounds, speed.
std::span<const Quantity> quantities();
/// Requires one of those names.
const Quantity& find_quantity(const std::string& name);

/// A value as people read it: "98.31 %", "9831".
std::string value_text(const Quantity& quantity, double value);
/// The difference of two: "-0.12", "+3".
std::string change_text(const Quantity& quantity, double change);

}  // namespace floatsd::check
