#include "report/heat_map.h"

#include <algorithm>
#include <cmath>

#include "report/markup.h"
#include "report/numbers.h"

namespace floatsd::report {
namespace {

constexpr double kNameSize = 11;
constexpr double kMostName = 92;     // width of a name
constexpr double kShortMargin = 30;  // names of digits stand as they are
constexpr double kDarkest = 0.45;    // so that numbers are read on every cell

/// Sides of a cell.
double cell_of(size_t classes) { return classes <= 12 ? 27 : classes <= 20 ? 25 : 17; }

class HeatMapDrawing {
 public:
  explicit HeatMapDrawing(const HeatMap& map)
      : map_(map),
        cell_(cell_of(map.names.size())),
        margin_(margin_of(map.names)),
        side_(cell_ * static_cast<double>(map.names.size())),
        drawing_(margin_ + side_ + 8, margin_ + side_ + 8, map.title,
                 "Rows: what an image is. Columns: what the network answers.") {}

  Drawing draw() {
    drawing_.rectangle({margin_, margin_, side_, side_}, "box");
    std::map<int, int64_t> rows;
    for (const auto& [place, count] : map_.counts) {
      rows[place.first] += count;
    }
    for (const auto& [place, count] : map_.counts) {
      draw_cell(place, count, static_cast<double>(count) / static_cast<double>(rows[place.first]));
    }
    for (size_t i = 0; i < map_.names.size(); ++i) {
      const double middle = margin_ + (static_cast<double>(i) + 0.5) * cell_ + 4;
      drawing_.fitted_text({margin_ - 6, middle}, map_.names[i], kMostName,
                           {.anchor = Anchor::kEnd, .size = kNameSize});
      if (margin_ < kShortMargin) {
        drawing_.text({middle - 4, margin_ - 6}, map_.names[i],
                      {.anchor = Anchor::kMiddle, .size = kNameSize});
      } else {
        drawing_.fitted_text({middle, margin_ - 6}, map_.names[i], kMostName,
                             {.size = kNameSize, .is_upright = true});
      }
    }
    return drawing_;
  }

 private:
  static double margin_of(const std::vector<std::string>& names) {
    double widest = 12;
    for (const std::string& name : names) {
      widest = std::max(widest, std::min(kMostName, text_width(name, kNameSize)));
    }
    return widest + 12;
  }

  void draw_cell(const std::pair<int, int>& place, int64_t count, double share) {
    const Box box = {margin_ + place.second * cell_ + 0.5, margin_ + place.first * cell_ + 0.5,
                     cell_ - 1, cell_ - 1};
    const bool is_right = place.first == place.second;
    const std::string tip = map_.names[static_cast<size_t>(place.first)] + ", answered " +
                            map_.names[static_cast<size_t>(place.second)] + ": " + grouped(count) +
                            " (" + percent_of(share) + ")";
    drawing_.rectangle(box, is_right ? "mark s0" : "mark s1", tip,
                       "fill-opacity=\"" + fixed(std::sqrt(share) * kDarkest, 3) + "\"");
    constexpr size_t kMostWithNumbers = 20;
    if (map_.names.size() <= kMostWithNumbers) {
      const std::string text = std::to_string(count);
      const double size = std::min(11.0, 0.92 * (cell_ - 1) / text_width(text, 1));
      drawing_.text({box.left + box.width / 2, box.top + box.height / 2 + 0.36 * size}, text,
                    {.anchor = Anchor::kMiddle, .size = size});
    }
  }

  const HeatMap& map_;
  double cell_, margin_, side_;
  Drawing drawing_;
};

}  // namespace

Drawing heat_map(const HeatMap& map) { return HeatMapDrawing(map).draw(); }

}  // namespace floatsd::report
