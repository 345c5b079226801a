#pragma once
// Heat map: a confusion matrix.

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "report/drawing.h"

namespace floatsd::report {

struct HeatMap {
  std::string title;
  std::vector<std::string> names;                 ///< of the classes
  std::map<std::pair<int, int>, int64_t> counts;  ///< by row (what it is) and column (the answer)
};

/// A cell is as dark as the square root of its share of the row; the diagonal has a colour of its
/// own. Numbers stand in the cells of up to 20 classes.
Drawing heat_map(const HeatMap& map);

}  // namespace floatsd::report
