#pragma once
// Line chart: numbers over epochs, of one run or several, with phases as bands behind them.

#include <string>
#include <vector>

#include "report/drawing.h"

namespace floatsd::report {

struct Series {
  std::string name;
  std::vector<XY> points;  ///< x ascending; those that are not drawable are left out
};

/// Between two places on the x axis.
struct Band {
  std::string name;
  double from = 0, to = 0;
  int colour = 0;  ///< below kBandColours
};

struct LineChart {
  std::string title;
  std::string x_label;  ///< x are whole numbers
  std::vector<Series> series;
  std::vector<Band> bands;
};

/// Series differ in colour, and beyond kSeriesColours in their dashes too. Of many points, those
/// are drawn that show each stretch's smallest and largest.
Drawing line_chart(const LineChart& chart);

/// A piece of the index-th line, for a legend.
std::string line_swatch(size_t index);
/// A piece of a band of that colour, and of a bar.
std::string band_swatch(int colour);
std::string part_swatch(int colour);

/// At most `most` of the points: of each stretch of equal length the smallest and the largest, in
/// their order. Requires most >= 2.
std::vector<XY> thinned(const std::vector<XY>& points, size_t most);

}  // namespace floatsd::report
