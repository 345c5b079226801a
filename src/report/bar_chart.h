#pragma once
// Bar chart: named numbers, one below the other.

#include <string>
#include <vector>

#include "report/drawing.h"

namespace floatsd::report {

struct Bar {
  std::string name;
  std::vector<double> parts;  ///< lengths, one behind the other; one below 0 is none
  std::string text;           ///< what stands behind the bar
};

struct BarChart {
  std::string title;
  std::vector<Bar> bars;
  double width = 360;
  double full = 0;  ///< the length of a bar over the whole width; 0: that of the longest
};

/// Horizontal bars in this order. Parts have the colours "s0", "s1" ...
Drawing bar_chart(const BarChart& chart);

}  // namespace floatsd::report
