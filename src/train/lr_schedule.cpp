#include "floatsd/train/lr_schedule.h"

#include <cmath>
#include <numbers>

namespace floatsd::train {

double cosine_learning_rate(double base, int64_t step, int64_t steps) {
  const double share = static_cast<double>(step) / static_cast<double>(steps);
  return base * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

}  // namespace floatsd::train
