#include "progress_text.h"

#include "catch.h"

using floatsd::app::bar_text;
using floatsd::app::line_text;
using floatsd::app::LinePace;
using floatsd::app::ProgressMoment;

namespace {

const ProgressMoment kQuarter{.title = "learn rounding",
                              .unit = "steps",
                              .done = 500,
                              .total = 2000,
                              .rate = 24,
                              .note = "conv2"};

}  // namespace

TEST_CASE("A bar shows share, rate, time left and a note", "[progress]") {
  CHECK(bar_text(kQuarter, 100) ==
        "learn rounding [######                  ]  25%  24 steps/s  1:03 left  conv2");
  ProgressMoment whole = kQuarter;
  whole.done = 2000;
  CHECK(bar_text(whole, 100) ==
        "learn rounding [########################] 100%  24 steps/s  0:00 left  conv2");
}

TEST_CASE("A bar is cut off at the terminal's width, and no letter in two", "[progress]") {
  CHECK(bar_text(kQuarter, 60) == "learn rounding [###            ]  25%  24 steps/s  1:03 left");
  CHECK(bar_text(kQuarter, 20) == "learn rounding [#   ");
  CHECK(bar_text({.title = "gr\xc3\xbc\xc3\x9f"}, 3) == "gr");
  CHECK(bar_text(kQuarter, -1).empty());
}

TEST_CASE("A plain line says the same, with counts", "[progress]") {
  CHECK(line_text(kQuarter) ==
        "learn rounding: 25 % (500 of 2000 steps), 24 steps/s, 1:03 left, conv2");
  CHECK(line_text({.title = "cifar10.tar.gz",
                   .unit = "bytes",
                   .done = 17'000'000,
                   .total = 170'000'000,
                   .rate = 1'500'000}) ==
        "cifar10.tar.gz: 10 % (17.0 of 170.0 MB), 1.5 MB/s, 1:42 left");
}

TEST_CASE("A rate below ten has a fraction, and hours are shown as such", "[progress]") {
  CHECK(line_text({.title = "x", .unit = "steps", .done = 0, .total = 36000, .rate = 2.5}) ==
        "x: 0 % (0 of 36000 steps), 2.5 steps/s, 4:00:00 left");
}

TEST_CASE("What ends within two seconds has no plain line", "[progress]") {
  LinePace pace;
  CHECK(!pace.is_due(0, 0, 10));
  CHECK(!pace.is_due(1.9, 9, 10));
}

TEST_CASE("After the first line come others, half a minute and a hundredth apart", "[progress]") {
  LinePace pace;
  CHECK(pace.is_due(2.1, 10, 10000));
  CHECK(!pace.is_due(31, 9000, 10000));
  CHECK(pace.is_due(33, 9000, 10000));
  CHECK(!pace.is_due(70, 9099, 10000));
  CHECK(pace.is_due(71, 9100, 10000));
}

TEST_CASE("Plain lines come as often as they are asked for", "[progress]") {
  LinePace each(0);
  CHECK(each.is_due(0, 1, 10000));
  CHECK(each.is_due(0, 2, 10000));
  LinePace seconds(5);
  CHECK(!seconds.is_due(4, 1, 10000));
  CHECK(seconds.is_due(5, 1, 10000));
  CHECK(!seconds.is_due(9, 9000, 10000));
}
