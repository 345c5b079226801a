#include "scatter_chart.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <limits>
#include <map>
#include <sstream>

#include "svg.h"

namespace floatsd::app {
namespace {

constexpr int kWidth = 1100, kPanel = 420, kTitle = 30;
constexpr int kLeft = 70, kRight = 130, kAbove = 20, kBelow = 50;  // margins of a panel
constexpr double kLineHeight = 13;                                 // of names below each other

struct Interval {
  double low = std::numeric_limits<double>::infinity();
  double high = -low;

  void include(double value) {
    low = std::min(low, value);
    high = std::max(high, value);
  }
  /// Where `value` lies: 0 at the lower end, 1 at the upper.
  [[nodiscard]] double place(double value) const { return (value - low) / (high - low); }
};

Interval widened(Interval interval) {
  const double margin = std::max((interval.high - interval.low) * 0.05, 0.05);
  return {interval.low - margin, interval.high + margin};
}

/// Half a unit around the points, and on the right what a name needs.
Interval with_room_for_names(Interval x) {
  return {x.low - 0.5, x.high + std::max(0.5, 0.18 * (x.high - x.low))};
}

/// Marks along y: 1, 2 or 5 times a power of ten apart, five or so.
std::vector<double> ticks(const Interval& y) {
  const double rough = (y.high - y.low) / 5;
  const double power = std::pow(10, std::floor(std::log10(rough)));
  const double ratio = rough / power;
  const double step = power * (ratio < 1.5 ? 1 : ratio < 3.5 ? 2 : ratio < 7.5 ? 5 : 10);
  std::vector<double> all;
  for (double at = std::ceil(y.low / step) * step; at <= y.high; at += step) {
    all.push_back(at);
  }
  return all;
}

class PanelDrawing {
 public:
  PanelDrawing(std::ostringstream& out, int top, Interval x, Interval y)
      : out_(out), top_(top), x_(x), y_(y) {}

  void axes(const Panel& panel, const std::string& y_label) {
    out_ << "<rect x=\"" << kLeft << "\" y=\"" << top_ + kAbove << "\" width=\""
         << kWidth - kLeft - kRight << "\" height=\"" << kPanel - kAbove - kBelow
         << "\" fill=\"none\" stroke=\"#888\"/>\n";
    for (const double tick : ticks(y_)) {
      out_ << "<line x1=\"" << kLeft - 4 << "\" x2=\"" << kLeft << "\" y1=\"" << height(tick)
           << "\" y2=\"" << height(tick) << "\" stroke=\"#888\"/><text x=\"" << kLeft - 8
           << "\" y=\"" << height(tick) + 4 << "\" text-anchor=\"end\">" << tick << "</text>\n";
    }
    const int foot = top_ + kPanel - kBelow;
    for (double at = std::ceil(x_.low); at <= x_.high; ++at) {
      out_ << "<text x=\"" << across(at) << "\" y=\"" << foot + 17 << "\" text-anchor=\"middle\">"
           << std::llround(at) << "</text>\n";
    }
    out_ << "<text x=\"" << (kLeft + kWidth - kRight) / 2 << "\" y=\"" << foot + 36
         << "\" text-anchor=\"middle\">" << svg_text(panel.x_label) << "</text>\n"
         << "<text x=\"" << kLeft << "\" y=\"" << top_ + kAbove - 6 << "\">" << svg_text(y_label)
         << "</text>\n";
  }

  void line(const Point& line) {
    out_ << "<line x1=\"" << kLeft << "\" x2=\"" << kWidth - kRight << "\" y1=\"" << height(line.y)
         << "\" y2=\"" << height(line.y) << "\" stroke=\"#b04030\" stroke-dasharray=\"6 4\"/>"
         << "<text x=\"" << kWidth - kRight + 6 << "\" y=\"" << height(line.y) + 4
         << "\" fill=\"#b04030\">" << svg_text(line.name) << "</text>\n";
  }

  void points(const std::vector<Point>& points) {
    std::map<double, std::vector<Point>> columns;
    for (const Point& point : points) {
      columns[point.x].push_back(point);
    }
    for (auto& [x, column] : columns) {
      std::stable_sort(column.begin(), column.end(),
                       [](const Point& a, const Point& b) { return a.y > b.y; });
      draw_column(column);
    }
  }

 private:
  [[nodiscard]] double across(double x) const {
    return kLeft + x_.place(x) * (kWidth - kLeft - kRight);
  }
  [[nodiscard]] double height(double y) const {
    return top_ + kPanel - kBelow - y_.place(y) * (kPanel - kAbove - kBelow);
  }

  /// Points of one x, the highest first: names that would cover each other are moved down, and all
  /// of them up again where the last one leaves the panel.
  void draw_column(const std::vector<Point>& column) {
    std::vector<double> names;
    for (const Point& point : column) {
      const double at = height(point.y);
      names.push_back(names.empty() ? at : std::max(at, names.back() + kLineHeight));
    }
    double below = top_ + kPanel - kBelow - 4;
    for (size_t i = names.size(); i-- > 0; below = names[i] - kLineHeight) {
      names[i] = std::min(names[i], below);
    }
    for (size_t i = 0; i < column.size(); ++i) {
      const double x = across(column[i].x);
      const double y = height(column[i].y);
      out_ << "<circle cx=\"" << x << "\" cy=\"" << y << "\" r=\"4\" fill=\"#3b6ea5\"/>"
           << "<line x1=\"" << x + 4 << "\" y1=\"" << y << "\" x2=\"" << x + 10 << "\" y2=\""
           << names[i] << "\" stroke=\"#aaa\"/><text x=\"" << x + 12 << "\" y=\"" << names[i] + 4
           << "\" paint-order=\"stroke\" stroke=\"white\" stroke-width=\"3\">"
           << svg_text(column[i].name) << "</text>\n";
    }
  }

  std::ostringstream& out_;
  int top_;
  Interval x_, y_;
};

}  // namespace

std::string scatter_chart(const std::string& title, const std::string& y_label,
                          const std::vector<Panel>& panels, const std::optional<Point>& line) {
  Interval y;
  for (const Panel& panel : panels) {
    for (const Point& point : panel.points) {
      y.include(point.y);
    }
  }
  if (line) {
    y.include(line->y);
  }
  std::ostringstream out;
  out << std::setprecision(6);
  out << svg_begin(kWidth, kTitle + kPanel * static_cast<int>(panels.size()), title);
  int top = kTitle;
  for (const Panel& panel : panels) {
    Interval x;
    for (const Point& point : panel.points) {
      x.include(point.x);
    }
    if (panel.points.empty()) {
      x.include(0);
    }
    PanelDrawing drawing(out, top, with_room_for_names(x), widened(y));
    drawing.axes(panel, y_label);
    if (line) {
      drawing.line(*line);
    }
    drawing.points(panel.points);
    top += kPanel;
  }
  out << "</svg>\n";
  return out.str();
}

}  // namespace floatsd::app
