#include "report/bar_chart.h"

#include <algorithm>
#include <numeric>

#include "report/look.h"
#include "report/markup.h"

namespace floatsd::report {
namespace {

constexpr double kRow = 20, kEdge = 6, kTextSize = 11;

double length_of(const Bar& bar) {
  return std::accumulate(bar.parts.begin(), bar.parts.end(), 0.0,
                         [](double sum, double part) { return sum + std::max(0.0, part); });
}

/// The columns of names and of numbers; bars have what is between.
struct Columns {
  double names = 0, numbers = 0, longest = 0;
};

Columns measure(const BarChart& chart) {
  Columns columns{.longest = chart.full};
  for (const Bar& bar : chart.bars) {
    columns.names = std::max(columns.names, text_width(bar.name, kTextSize));
    columns.numbers = std::max(columns.numbers, text_width(bar.text, kTextSize));
    columns.longest = std::max(columns.longest, length_of(bar));
  }
  columns.names = std::min(columns.names, 0.4 * chart.width);
  return columns;
}

}  // namespace

Drawing bar_chart(const BarChart& chart) {
  const Columns columns = measure(chart);
  const double left = kEdge + columns.names + 8;
  const double room = chart.width - left - columns.numbers - 6 - kEdge;
  Drawing drawing(chart.width, kRow * static_cast<double>(chart.bars.size()) + 2 * kEdge,
                  chart.title);
  double y = kEdge;
  for (const Bar& bar : chart.bars) {
    drawing.fitted_text({left - 8, y + 14}, bar.name, columns.names,
                        {.anchor = Anchor::kEnd, .size = kTextSize});
    double x = left;
    for (size_t part = 0; part < bar.parts.size(); ++part) {
      const double width =
          columns.longest == 0 ? 0 : std::max(0.0, bar.parts[part]) / columns.longest * room;
      drawing.rectangle({x, y + 3, width, kRow - 6},
                        "mark s" + std::to_string(part % kSeriesColours));
      x += width;
    }
    drawing.text({x + 6, y + 14}, bar.text, {.classes = "soft", .size = kTextSize});
    y += kRow;
  }
  drawing.line({left, kEdge}, {left, y}, "axis");
  return drawing;
}

}  // namespace floatsd::report
