#include "check/quantity.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace floatsd::check {
namespace {

constexpr Tolerance percent(double amount) { return {amount, Tolerance::Unit::kPercent}; }

constexpr std::array kQuantities = {
    Quantity{"accuracy", Better::kHigher, Of::kEveryNetwork, Number::kPercentage, {0.5}},
    Quantity{"right_images", Better::kHigher, Of::kEveryNetwork, Number::kWhole, percent(0.5)},
    Quantity{"mismatches", Better::kLower, Of::kIntegerNetwork, Number::kWhole, {0}},
    Quantity{"bytes", Better::kLower, Of::kIntegerNetwork, Number::kWhole, {0}},
    Quantity{"multiplications", Better::kLower, Of::kIntegerNetwork, Number::kWhole, percent(2)},
    Quantity{"accumulator_bounds", Better::kLower, Of::kIntegerNetwork, Number::kWhole, percent(20),
             /*is_by_layer=*/true},
    Quantity{"speed", Better::kHigher, Of::kIntegerNetwork, Number::kReal, percent(20),
             /*is_by_layer=*/false, /*is_optional=*/true},
};

std::string format(const char* pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof text, pattern, value);
  return text;
}

}  // namespace

double Tolerance::around(double value) const {
  return unit == Unit::kPercent ? std::abs(value) * amount / 100 : amount;
}

std::string to_string(const Tolerance& tolerance) {
  return format("%.15g", tolerance.amount) +
         (tolerance.unit == Tolerance::Unit::kPercent ? " %" : "");
}

std::span<const Quantity> quantities() { return kQuantities; }

const Quantity& find_quantity(const std::string& name) {
  return *std::find_if(kQuantities.begin(), kQuantities.end(),
                       [&](const Quantity& quantity) { return quantity.name == name; });
}

std::string value_text(const Quantity& quantity, double value) {
  switch (quantity.number) {
    case Number::kWhole:
      return format("%.0f", value);
    case Number::kPercentage:
      return format("%.2f %%", value);
    case Number::kReal:
      break;
  }
  return format("%.2f", value);
}

std::string change_text(const Quantity& quantity, double change) {
  return format(quantity.number == Number::kWhole ? "%+.0f" : "%+.2f", change);
}

}  // namespace floatsd::check
