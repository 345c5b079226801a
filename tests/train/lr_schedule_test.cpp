#include "floatsd/train/lr_schedule.h"

#include <cmath>
#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;
using train::learning_rate;
using train::LrCurve;
using train::LrSchedule;

namespace {

/// The rate of every step.
std::vector<double> rates(const LrSchedule& schedule, int64_t steps_per_epoch, int epochs) {
  std::vector<double> rates;
  for (int64_t step = 0; step < epochs * steps_per_epoch; ++step) {
    rates.push_back(learning_rate(schedule, step, steps_per_epoch, epochs));
  }
  return rates;
}

void check_rates(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    INFO("step " << i);
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-12));
  }
}

}  // namespace

TEST_CASE("The learning rate falls along a cosine", "[lr]") {
  const LrSchedule schedule{.peak = 0.2};
  CHECK(learning_rate(schedule, 0, 10, 6) == 0.2);
  CHECK(learning_rate(schedule, 20, 10, 6) == Approx(0.15));  // cos(pi / 3) = 1 / 2
  CHECK(learning_rate(schedule, 30, 10, 6) == Approx(0.1));
  CHECK(learning_rate(schedule, 40, 10, 6) == Approx(0.05));
}

TEST_CASE("A step schedule falls at the beginning of every so many epochs", "[lr]") {
  check_rates(
      rates({.curve = LrCurve::kStep, .peak = 8, .decay_epochs = 2, .decay_rate = 0.25}, 2, 5),
      {8, 8, 8, 8, 2, 2, 2, 2, 0.5, 0.5});
}

TEST_CASE("A warm-up rises along a line to the peak, in whole epochs or parts of one", "[lr]") {
  check_rates(rates({.curve = LrCurve::kStep, .peak = 8, .warmup_epochs = 1.5, .decay_epochs = 9},
                    /*steps_per_epoch=*/2, /*epochs=*/3),
              {2, 4, 6, 8, 8, 8});
  // The cosine begins where the warm-up ends, and has the rest of the training.
  check_rates(rates({.peak = 8, .warmup_epochs = 1}, /*steps_per_epoch=*/3, /*epochs=*/2),
              {2, 4, 6, 8, 6, 2});
}

TEST_CASE("A warm-up that ends between two steps stays below the peak", "[lr]") {
  const std::vector<double> found = rates({.peak = 1, .warmup_epochs = 0.25}, 10, 2);
  CHECK(found[2] == Approx(3 / 3.5));
  CHECK(found[3] == Approx((1 + std::cos(std::acos(-1.0) * 0.5 / 17.5)) / 2));
}

TEST_CASE("One cycle equals PyTorch's OneCycleLR", "[lr]") {
  // torch.optim.lr_scheduler.OneCycleLR(max_lr=0.4, total_steps=20), PyTorch 2.13
  check_rates(rates({.curve = LrCurve::kOneCycle, .peak = 0.4}, 5, 4), {0.016000000000000014,
                                                                        0.05266873708001013,
                                                                        0.1486687370800101,
                                                                        0.2673312629199899,
                                                                        0.3633312629199899,
                                                                        0.4,
                                                                        0.39498560249403497,
                                                                        0.38019385280538953,
                                                                        0.35636647102842,
                                                                        0.3246982615799052,
                                                                        0.28677720071652035,
                                                                        0.24450480877451572,
                                                                        0.2000008,
                                                                        0.1554967912254843,
                                                                        0.11322439928347969,
                                                                        0.0753033384200948,
                                                                        0.04363512897158001,
                                                                        0.019807747194610516,
                                                                        0.005015997505965022,
                                                                        1.6e-06});
  check_rates(rates({.curve = LrCurve::kOneCycle, .peak = 0.4}, 2, 1),
              {0.3246982615799052, 1.6e-06});
  check_rates(rates({.curve = LrCurve::kOneCycle, .peak = 0.4}, 1, 1), {1.6e-06});
}

TEST_CASE("No curve leaves the range from 0 to the peak, for any length", "[lr]") {
  for (const LrCurve curve : {LrCurve::kCosine, LrCurve::kOneCycle, LrCurve::kStep}) {
    for (const double warmup : {0.0, 0.1, 0.99}) {
      for (int64_t steps = 1; steps <= 40; ++steps) {
        const LrSchedule schedule{.curve = curve,
                                  .peak = 0.5,
                                  .warmup_epochs = curve == LrCurve::kOneCycle ? 0 : warmup,
                                  .decay_epochs = 1};
        for (const double rate : rates(schedule, steps, 3)) {
          INFO(to_string(curve) << ", " << steps << " steps an epoch, warm-up " << warmup);
          CHECK((rate > 0 && rate <= 0.5));
        }
      }
    }
  }
}

TEST_CASE("The names of the curves are read back, and another one is refused", "[lr]") {
  for (const LrCurve curve : {LrCurve::kCosine, LrCurve::kOneCycle, LrCurve::kStep}) {
    CHECK(train::parse_lr_curve(to_string(curve)) == curve);
  }
  CHECK_THROWS_WITH(train::parse_lr_curve("onecycle"),
                    "sched 'onecycle' is unknown: did you mean 'one-cycle'?");
}

TEST_CASE("A schedule that cannot be is refused by the option's name", "[lr]") {
  const auto refused = [](const LrSchedule& schedule, const std::string& message) {
    CHECK_THROWS_WITH(train::check(schedule, 4), message);
  };
  CHECK_NOTHROW(train::check(LrSchedule{}, 1));
  refused({.peak = 0}, "lr: 0.000000, expected a positive number");
  refused({.peak = NAN}, "lr: nan, expected a positive number");
  refused({.warmup_epochs = -1},
          "warmup-epochs: -1.000000, expected at least 0 and below the 4 epochs");
  refused({.warmup_epochs = 4},
          "warmup-epochs: 4.000000, expected at least 0 and below the 4 epochs");
  refused({.warmup_epochs = NAN}, "warmup-epochs: nan, expected at least 0 and below the 4 epochs");
  refused({.curve = LrCurve::kOneCycle, .warmup_epochs = 1},
          "warmup-epochs: 1.000000 with sched one-cycle, whose beginning is a warm-up, expected 0");
  refused({.decay_epochs = 0}, "decay-epochs: 0, expected 1 or more");
  refused({.decay_rate = 0}, "decay-rate: 0.000000, expected above 0 and at most 1");
  refused({.decay_rate = 1.5}, "decay-rate: 1.500000, expected above 0 and at most 1");
}
