#include "report/scatter_chart.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "report/axis.h"

namespace floatsd::report {
namespace {

constexpr double kPictureWidth = 1100, kPanel = 420;
constexpr double kPanelLeft = 70, kPanelRight = 150, kPanelAbove = 24, kPanelBelow = 50;  // margins
constexpr double kLineHeight = 15;  // of names below each other

/// Half a unit around the points, and on the right what a name needs.
Interval with_room_for_names(Interval x) {
  return {x.low - 0.5, x.high + std::max(0.5, 0.18 * (x.high - x.low))};
}

class PanelDrawing {
 public:
  PanelDrawing(Drawing& drawing, double top, Interval x, Interval y)
      : drawing_(drawing),
        box_{kPanelLeft, top + kPanelAbove, kPictureWidth - kPanelLeft - kPanelRight,
             kPanel - kPanelAbove - kPanelBelow},
        x_(x),
        y_(y) {}

  void axes(const Panel& panel, const std::string& y_label) {
    for (const Tick& tick : ticks(y_)) {
      const double y = at({x_.low, tick.at}).y;
      drawing_.line({box_.left, y}, {box_.right(), y}, "grid");
      drawing_.text({box_.left - 8, y + 4}, tick.text, {.anchor = Anchor::kEnd, .classes = "soft"});
    }
    drawing_.line({box_.left, box_.bottom()}, {box_.right(), box_.bottom()}, "axis");
    for (double x = std::ceil(x_.low); x <= x_.high; ++x) {
      drawing_.text({at({x, y_.low}).x, box_.bottom() + 17}, std::to_string(std::llround(x)),
                    {.anchor = Anchor::kMiddle, .classes = "soft"});
    }
    drawing_.text({(box_.left + box_.right()) / 2, box_.bottom() + 36}, panel.x_label,
                  {.anchor = Anchor::kMiddle});
    drawing_.text({box_.left, box_.top - 9}, y_label);
  }

  void line(const Point& line) {
    const double y = at({x_.low, line.y}).y;
    drawing_.line({box_.left, y}, {box_.right(), y}, "line s1", "stroke-dasharray=\"6 4\"");
    drawing_.fitted_text({box_.right() + 6, y + 4}, line.name, kPanelRight - 8);
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
  [[nodiscard]] XY at(XY point) const {
    return {box_.left + x_.place(point.x) * box_.width,
            box_.bottom() - y_.place(point.y) * box_.height};
  }

  /// Points of one x, the highest first: names that would cover each other are moved down, and all
  /// of them up again if the last one leaves the panel.
  void draw_column(const std::vector<Point>& column) {
    std::vector<double> names;
    for (const Point& point : column) {
      const double y = at({point.x, point.y}).y;
      names.push_back(names.empty() ? y : std::max(y, names.back() + kLineHeight));
    }
    double below = box_.bottom() - 6;
    for (size_t i = names.size(); i-- > 0; below = names[i] - kLineHeight) {
      names[i] = std::min(names[i], below);
    }
    for (size_t i = 0; i < column.size(); ++i) {
      const XY place = at({column[i].x, column[i].y});
      drawing_.circle(place, 4, "mark s0");
      drawing_.line({place.x + 4, place.y}, {place.x + 10, names[i]}, "axis");
      drawing_.fitted_text({place.x + 12, names[i] + 4}, column[i].name,
                           kPictureWidth - place.x - 14, {.classes = "halo"});
    }
  }

  Drawing& drawing_;
  Box box_;
  Interval x_, y_;
};

}  // namespace

Drawing scatter_chart(const std::string& title, const std::string& y_label,
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
  Drawing drawing(kPictureWidth, kPanel * static_cast<double>(panels.size()), title);
  double top = 0;
  for (const Panel& panel : panels) {
    Interval x;
    for (const Point& point : panel.points) {
      x.include(point.x);
    }
    if (panel.points.empty()) {
      x.include(0);
    }
    PanelDrawing part(drawing, top, with_room_for_names(x), widened(y));
    part.axes(panel, y_label);
    if (line) {
      part.line(*line);
    }
    part.points(panel.points);
    top += kPanel;
  }
  return drawing;
}

}  // namespace floatsd::report
