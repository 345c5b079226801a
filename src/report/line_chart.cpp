#include "report/line_chart.h"

#include <algorithm>

#include "report/axis.h"
#include "report/look.h"
#include "report/markup.h"
#include "report/numbers.h"

namespace floatsd::report {
namespace {

constexpr double kWidth = 360, kHeight = 210;
constexpr double kTickSize = 11, kBandSize = 10;
constexpr double kAbove = 18, kBelow = 36, kRight = 14;  // margins of the plot
constexpr size_t kMostPoints = 240;
constexpr size_t kMostDots = 40;  // beyond, a line says enough

std::string line_classes(size_t index) { return "line s" + std::to_string(index % kSeriesColours); }

std::string dashes(size_t index) {
  constexpr const char* kDashes[] = {"", " stroke-dasharray=\"6 3\"", " stroke-dasharray=\"2 3\""};
  return std::string("stroke-width=\"2\" stroke-linejoin=\"round\"") +
         kDashes[index / kSeriesColours % std::size(kDashes)];
}

/// What is drawn of a chart: the ranges of what is finite, and the plot's place.
struct Plot {
  Interval x, y;
  std::vector<Tick> y_ticks;
  Box box;

  [[nodiscard]] XY at(XY point) const {
    return {box.left + x.place(point.x) * box.width, box.bottom() - y.place(point.y) * box.height};
  }
};

Plot lay_out(const LineChart& chart) {
  Interval x;
  Interval y;
  for (const Series& series : chart.series) {
    for (const XY& point : series.points) {
      if (is_drawable(point.y)) {
        x.include(point.x);
        y.include(point.y);
      }
    }
  }
  for (const Band& band : chart.bands) {
    x.include(band.from);
    x.include(band.to);
  }
  Plot plot{x.is_empty() ? Interval{0, 1} : x, widened(y), {}, {}};
  if (chart.bands.empty() || plot.x.low == plot.x.high) {
    plot.x = {plot.x.low - 0.5, plot.x.high + 0.5};
  }
  plot.y_ticks = ticks(plot.y);
  double widest = 0;
  for (const Tick& tick : plot.y_ticks) {
    widest = std::max(widest, text_width(tick.text, kTickSize));
  }
  const double left = widest + 10;
  plot.box = {left, kAbove, kWidth - left - kRight, kHeight - kAbove - kBelow};
  return plot;
}

void draw_bands(Drawing& drawing, const Plot& plot, const std::vector<Band>& bands) {
  for (const Band& band : bands) {
    const double left = plot.at({band.from, plot.y.low}).x;
    const double right = plot.at({band.to, plot.y.low}).x;
    drawing.rectangle({left, plot.box.top, right - left, plot.box.height},
                      "b" + std::to_string(band.colour), band.name);
    if (text_width(band.name, kBandSize) < right - left) {
      drawing.text({(left + right) / 2, kAbove - 5}, band.name,
                   {.anchor = Anchor::kMiddle, .classes = "soft", .size = kBandSize});
    }
  }
}

void draw_axes(Drawing& drawing, const Plot& plot, const std::string& x_label) {
  const Box& box = plot.box;
  for (const Tick& tick : plot.y_ticks) {
    const double y = plot.at({plot.x.low, tick.at}).y;
    drawing.line({box.left, y}, {box.right(), y}, "grid");
    drawing.text({box.left - 6, y + 4}, tick.text,
                 {.anchor = Anchor::kEnd, .classes = "soft", .size = kTickSize});
  }
  drawing.line({box.left, box.bottom()}, {box.right(), box.bottom()}, "axis");
  for (const Tick& tick : whole_ticks(plot.x, 8)) {
    drawing.text({plot.at({tick.at, plot.y.low}).x, box.bottom() + 15}, tick.text,
                 {.anchor = Anchor::kMiddle, .classes = "soft", .size = kTickSize});
  }
  drawing.text({(box.left + box.right()) / 2, kHeight - 5}, x_label,
               {.anchor = Anchor::kMiddle, .classes = "soft", .size = kTickSize});
}

void draw_series(Drawing& drawing, const Plot& plot, const Series& series, size_t index) {
  std::vector<XY> points;
  std::copy_if(series.points.begin(), series.points.end(), std::back_inserter(points),
               [](const XY& point) { return is_drawable(point.y); });
  points = thinned(points, kMostPoints);
  std::string commands;
  for (const XY& point : points) {
    const XY at = plot.at(point);
    commands += (commands.empty() ? "M" : "L") + coordinate(at.x) + " " + coordinate(at.y);
  }
  if (points.size() > 1) {
    drawing.path(commands, line_classes(index), dashes(index));
  }
  if (points.size() <= kMostDots) {
    for (const XY& point : points) {
      drawing.circle(plot.at(point), 2.8, "mark s" + std::to_string(index % kSeriesColours),
                     series.name + ", " + short_number(point.x) + ": " + short_number(point.y, 5));
    }
  }
}

std::string swatch(const std::string& mark) {
  return "<svg class=\"chart swatch\" width=\"26\" height=\"12\" viewBox=\"0 0 26 12\" "
         "aria-hidden=\"true\">" +
         mark + "</svg>";
}

}  // namespace

Drawing line_chart(const LineChart& chart) {
  const Plot plot = lay_out(chart);
  Drawing drawing(kWidth, kHeight, chart.title);
  draw_bands(drawing, plot, chart.bands);
  draw_axes(drawing, plot, chart.x_label);
  for (size_t i = 0; i < chart.series.size(); ++i) {
    draw_series(drawing, plot, chart.series[i], i);
  }
  return drawing;
}

std::string line_swatch(size_t index) {
  return swatch("<path d=\"M1 6H25\" class=\"" + line_classes(index) + "\" " + dashes(index) +
                "/>");
}

std::string band_swatch(int colour) {
  return swatch(
      "<rect x=\"0.5\" y=\"0.5\" width=\"25\" height=\"11\" class=\"axis\"/>"
      "<rect x=\"1\" y=\"1\" width=\"24\" height=\"10\" class=\"b" +
      std::to_string(colour) + "\"/>");
}

std::string part_swatch(int colour) {
  return swatch("<rect x=\"7\" y=\"0\" width=\"12\" height=\"12\" class=\"mark s" +
                std::to_string(colour) + "\"/>");
}

std::vector<XY> thinned(const std::vector<XY>& points, size_t most) {
  if (points.size() <= most) {
    return points;
  }
  std::vector<XY> kept;
  const size_t stretches = most / 2;
  for (size_t i = 0; i < stretches; ++i) {
    const auto begin = points.begin() + static_cast<int64_t>(points.size() * i / stretches);
    const auto end = points.begin() + static_cast<int64_t>(points.size() * (i + 1) / stretches);
    auto [low, high] =
        std::minmax_element(begin, end, [](const XY& a, const XY& b) { return a.y < b.y; });
    if (high < low) {
      std::swap(low, high);
    }
    kept.push_back(*low);
    if (high != low) {
      kept.push_back(*high);
    }
  }
  return kept;
}

}  // namespace floatsd::report
