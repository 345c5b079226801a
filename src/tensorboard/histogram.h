#pragma once
// Histogram: how often values are in each of some neighbouring intervals, as TensorBoard draws it.

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace floatsd::tensorboard {

/// counts[i] values lie in (limits[i - 1], limits[i]]; all of the first in (-inf, limits[0]].
struct Histogram {
  double smallest = 0, largest = 0;  ///< of the values
  double sum = 0, sum_of_squares = 0;
  std::vector<double> limits, counts;  ///< equally many; empty without values

  [[nodiscard]] double count() const;
};

/// In 64 intervals of one width from the smallest value to the largest; of equal values in one.
/// Values that are not finite are left out.
Histogram histogram(std::span<const float> values);

/// Of whole numbers that are there so many times: an interval for each, value - 0.5 to value + 0.5,
/// and one for each gap between them. Of more than 1024 numbers as above.
Histogram histogram(const std::map<int, int64_t>& counts);

}  // namespace floatsd::tensorboard
