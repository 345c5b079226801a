#pragma once
// Scatter chart: named points over one quantity and another.

#include <optional>
#include <string>
#include <vector>

#include "report/drawing.h"

namespace floatsd::report {

struct Point {
  std::string name;
  double x = 0, y = 0;
};

/// One diagram; x are small whole numbers, such as bits.
struct Panel {
  std::string x_label;
  std::vector<Point> points;
};

/// The panels one below the other, over one range of y; names stand beside their points, moved
/// apart if they would cover each other. `line`, if any, is a dashed line at its y across all
/// panels. Requires at least one point or a line.
Drawing scatter_chart(const std::string& title, const std::string& y_label,
                      const std::vector<Panel>& panels, const std::optional<Point>& line);

}  // namespace floatsd::report
