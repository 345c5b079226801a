#pragma once
// Bar chart: a picture of named numbers, as SVG.

#include <string>
#include <vector>

namespace floatsd::app {

struct Bar {
  std::string name;
  double value = 0;  ///< the length; below 0 it is none, and the number stands there all the same
};

/// Horizontal bars, one below the other in this order, their numbers with two decimals beside them.
std::string bar_chart(const std::string& title, const std::vector<Bar>& bars);

}  // namespace floatsd::app
