#pragma once
// Histogram: how often each of a format's levels, or each code, is there.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/drawing.h"

namespace floatsd::report {

struct Histogram {
  std::string title;
  std::string noun;             ///< what is counted: "weights"
  std::vector<int> values;      ///< ascending; one column each, side by side
  std::vector<int64_t> counts;  ///< of each value; at least one above 0
  int colour = 0;               ///< below kSeriesColours
  std::optional<int> marked;    ///< a value that a dashed line points out
};

/// A column is as high as the square root of its share, so that rare values are seen beside
/// frequent ones; the axis has the shares.
Drawing histogram(const Histogram& histogram);

}  // namespace floatsd::report
