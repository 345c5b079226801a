#include "report/histogram.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "report/markup.h"
#include "report/numbers.h"

namespace floatsd::report {
namespace {

constexpr double kHistogramWidth = 360, kHistogramHeight = 150;
constexpr Box kPlot = {42, 8, kHistogramWidth - 42 - 8, kHistogramHeight - 8 - 24};
constexpr double kLabelSize = 10;
constexpr size_t kMostColumns = 64;  // beyond, they are one outline

class HistogramDrawing {
 public:
  explicit HistogramDrawing(const Histogram& histogram)
      : histogram_(histogram),
        total_(std::accumulate(histogram.counts.begin(), histogram.counts.end(), int64_t{0})),
        largest_(share(*std::max_element(histogram.counts.begin(), histogram.counts.end()))),
        step_(kPlot.width / static_cast<double>(histogram.values.size())),
        drawing_(kHistogramWidth, kHistogramHeight, histogram.title) {}

  Drawing draw() {
    draw_shares();
    draw_mark();
    if (histogram_.values.size() <= kMostColumns) {
      draw_columns();
    } else {
      draw_outline();
    }
    drawing_.line({kPlot.left, kPlot.bottom()}, {kPlot.right(), kPlot.bottom()}, "axis");
    draw_values();
    return drawing_;
  }

 private:
  [[nodiscard]] double share(int64_t count) const {
    return static_cast<double>(count) / static_cast<double>(total_);
  }
  [[nodiscard]] double height(double of_share) const {
    return std::sqrt(of_share / largest_) * kPlot.height;
  }
  [[nodiscard]] double left(size_t column) const {
    return kPlot.left + static_cast<double>(column) * step_;
  }
  [[nodiscard]] std::string colour() const { return "mark s" + std::to_string(histogram_.colour); }

  /// From the top down, as far apart as they need.
  void draw_shares() {
    constexpr double kShares[] = {1, 0.5, 0.25, 0.1, 0.05, 0.02, 0.01, 0.001, 0.0001, 0};
    double above = kPlot.top - 20;
    for (const double each : kShares) {
      const double y = kPlot.bottom() - height(each);
      if (each > largest_ || y < above + 18 || (each > 0 && y > kPlot.bottom() - 16)) {
        continue;
      }
      drawing_.line({kPlot.left, y}, {kPlot.right(), y}, "grid");
      drawing_.text({kPlot.left - 5, y + 4}, short_number(100 * each) + " %",
                    {.anchor = Anchor::kEnd, .classes = "soft", .size = kLabelSize});
      above = y;
    }
  }

  void draw_mark() {
    const auto& values = histogram_.values;
    const auto found = histogram_.marked
                           ? std::find(values.begin(), values.end(), *histogram_.marked)
                           : values.end();
    if (found != values.end()) {
      const double x = left(static_cast<size_t>(found - values.begin())) + step_ / 2;
      drawing_.line({x, kPlot.top}, {x, kPlot.bottom()}, "axis", "stroke-dasharray=\"3 3\"");
    }
  }

  void draw_columns() {
    for (size_t i = 0; i < histogram_.values.size(); ++i) {
      const int64_t count = histogram_.counts[i];
      if (count > 0) {
        const double tall = std::max(0.6, height(share(count)));
        drawing_.rectangle({left(i) + 0.1 * step_, kPlot.bottom() - tall, 0.8 * step_, tall},
                           colour(),
                           std::to_string(histogram_.values[i]) + ": " + grouped(count) + " " +
                               histogram_.noun + ", " + percent_of(share(count)));
      }
    }
  }

  void draw_outline() {
    std::string commands = "M" + coordinate(kPlot.left) + " " + coordinate(kPlot.bottom());
    for (size_t i = 0; i < histogram_.values.size(); ++i) {
      const double tall = height(share(histogram_.counts[i]));
      commands += "V" + coordinate(kPlot.bottom() - tall) + "H" + coordinate(left(i + 1));
    }
    drawing_.path(commands + "V" + coordinate(kPlot.bottom()) + "Z", colour());
  }

  /// The ends first, then 0, then all others for which there is room; of very many the round ones.
  void draw_values() {
    std::vector<size_t> order = {0, histogram_.values.size() - 1};
    for (const bool zero : {true, false}) {
      for (size_t i = 1; i + 1 < histogram_.values.size(); ++i) {
        const int value = histogram_.values[i];
        const bool is_round = histogram_.values.size() <= kMostColumns || value % 32 == 0;
        if (is_round && (value == 0) == zero) {
          order.push_back(i);
        }
      }
    }
    std::vector<std::pair<double, double>> taken;
    for (const size_t i : order) {
      const std::string text = std::to_string(histogram_.values[i]);
      const double half = text_width(text, kLabelSize) / 2 + 1.5;
      const double x = std::clamp(left(i) + step_ / 2, half, kHistogramWidth - half);
      const bool is_free = std::none_of(taken.begin(), taken.end(), [&](const auto& other) {
        return x - half < other.second && other.first < x + half;
      });
      if (is_free) {
        taken.emplace_back(x - half, x + half);
        drawing_.text({x, kPlot.bottom() + 14}, text,
                      {.anchor = Anchor::kMiddle, .classes = "soft", .size = kLabelSize});
      }
    }
  }

  const Histogram& histogram_;
  int64_t total_;
  double largest_;  // share
  double step_;     // from column to column
  Drawing drawing_;
};

}  // namespace

Drawing histogram(const Histogram& histogram) { return HistogramDrawing(histogram).draw(); }

}  // namespace floatsd::report
