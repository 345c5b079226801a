#include "floatsd/core/axes_order.h"

#include "floatsd/core/error.h"

namespace floatsd {

std::string to_string(AxesOrder order) {
  return order == AxesOrder::kChannelsFirst ? "chw" : "hwc";
}

AxesOrder axes_order_from(const std::string& name) {
  for (const AxesOrder order : {AxesOrder::kChannelsFirst, AxesOrder::kChannelsLast}) {
    if (to_string(order) == name) {
      return order;
    }
  }
  throw Error("order '" + name + "', expected chw or hwc");
}

}  // namespace floatsd
