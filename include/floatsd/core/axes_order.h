#pragma once
// The order in which an image's axes become one row of features.

#include <string>

namespace floatsd {

enum class AxesOrder {
  kChannelsFirst,  ///< "chw": feature (c * H + y) * W + x
  kChannelsLast,   ///< "hwc": feature (y * W + x) * C + c
};

std::string to_string(AxesOrder order);
/// Throws Error if it is neither.
AxesOrder axes_order_from(const std::string& name);

}  // namespace floatsd
