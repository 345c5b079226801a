#include "floatsd/train/lr_schedule.h"

#include <cmath>
#include <numbers>

#include "core/counted.h"
#include "core/enum_names.h"
#include "core/refuse.h"

namespace floatsd::train {
namespace {

const EnumNames<LrCurve> kCurves({"cosine", "one-cycle", "step"});

// The defaults of PyTorch's OneCycleLR.
constexpr double kRisingShare = 0.3;
constexpr double kFirstDivisor = 25;
constexpr double kLastDivisor = 25e4;

/// Half a cosine, from `from` at share 0 to `to` at share 1.
double anneal(double from, double to, double share) {
  return to + (from - to) * 0.5 * (1.0 + std::cos(std::numbers::pi * share));
}

double one_cycle(double peak, double step, double steps) {
  const double top = kRisingShare * steps - 1;
  if (step < top) {
    return anneal(peak / kFirstDivisor, peak, step / top);
  }
  return anneal(peak, peak / kLastDivisor, (step - top) / (steps - 1 - top));
}

}  // namespace

LrCurve parse_lr_curve(std::string_view name) { return kCurves.parse("sched", name); }

std::string to_string(LrCurve curve) { return kCurves[curve]; }

void check(const LrSchedule& schedule, int epochs) {
  require(schedule.peak > 0 && std::isfinite(schedule.peak),
          "lr: " + std::to_string(schedule.peak) + ", expected a positive number");
  const std::string warmup = "warmup-epochs: " + std::to_string(schedule.warmup_epochs);
  require(schedule.curve != LrCurve::kOneCycle || schedule.warmup_epochs == 0,
          warmup + " with sched one-cycle, whose beginning is a warm-up, expected 0");
  require(schedule.warmup_epochs >= 0 && schedule.warmup_epochs < epochs,
          warmup + ", expected at least 0 and below the " + counted(epochs, "epoch"));
  require(schedule.decay_epochs >= 1,
          "decay-epochs: " + std::to_string(schedule.decay_epochs) + ", expected 1 or more");
  require(
      schedule.decay_rate > 0 && schedule.decay_rate <= 1,
      "decay-rate: " + std::to_string(schedule.decay_rate) + ", expected above 0 and at most 1");
}

double learning_rate(const LrSchedule& schedule, int64_t step, int64_t steps_per_epoch,
                     int epochs) {
  const auto at = static_cast<double>(step);
  const auto steps = static_cast<double>(epochs * steps_per_epoch);
  const double warmup = schedule.warmup_epochs * static_cast<double>(steps_per_epoch);
  if (at < warmup) {
    return schedule.peak * (at + 1) / (warmup + 1);
  }
  switch (schedule.curve) {
    case LrCurve::kCosine:
      break;
    case LrCurve::kOneCycle:
      return one_cycle(schedule.peak, at, steps);
    case LrCurve::kStep: {
      const int64_t drops = step / steps_per_epoch / schedule.decay_epochs;
      return schedule.peak * std::pow(schedule.decay_rate, static_cast<double>(drops));
    }
  }
  return anneal(schedule.peak, 0, (at - warmup) / (steps - warmup));
}

}  // namespace floatsd::train
