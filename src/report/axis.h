#pragma once
// Axis: a range of numbers along a side of a chart, and the round ones among them.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace floatsd::report {

struct Interval {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();

  /// What is not drawable counts for nothing.
  void include(double value);
  [[nodiscard]] bool is_empty() const { return low > high; }
  /// Where `value` lies: 0 at the lower end, 1 at the upper. Requires low < high.
  [[nodiscard]] double place(double value) const { return (value - low) / (high - low); }
};

/// Whether a number can have a place on an axis: it is finite, and so are differences of such.
bool is_drawable(double value);

/// A little wider on both sides; around a single number too, and around none.
Interval widened(const Interval& interval);

struct Tick {
  double at = 0;
  std::string text;
};

/// Marks at 1, 2 or 5 times a power of ten, `about` so many.
std::vector<Tick> ticks(const Interval& interval, int about = 5);

/// The same at whole numbers.
std::vector<Tick> whole_ticks(const Interval& interval, int about);

}  // namespace floatsd::report
