#include "check/compare.h"

#include <string>

#include "catch.h"

using namespace floatsd::check;

namespace {

Expectation expectation(const std::string& name, double value, Tolerance tolerance,
                        const std::string& layer = "") {
  return {.measure = {name, layer, value}, .tolerance = tolerance};
}

/// What one measure that was `before` and is `now` is told to be.
Outcome outcome(const std::string& name, double before, double now, Tolerance tolerance) {
  const Baseline baseline{.expectations = {expectation(name, before, tolerance)}};
  return compare(baseline, Facts{.measures = {{name, "", now}}}).rows.at(0).outcome;
}

constexpr Tolerance percent(double amount) { return {amount, Tolerance::Unit::kPercent}; }

}  // namespace

TEST_CASE("Of accuracy, right images and speed less is worse", "[compare]") {
  for (const char* name : {"accuracy", "right_images", "speed"}) {
    INFO(name);
    CHECK(outcome(name, 50, 50, {2}) == Outcome::kSame);
    CHECK(outcome(name, 50, 51, {2}) == Outcome::kBetter);
    CHECK(outcome(name, 50, 90, {2}) == Outcome::kBetter);
    CHECK(outcome(name, 50, 48, {2}) == Outcome::kWithin);
    CHECK(outcome(name, 50, 47, {2}) == Outcome::kFell);
  }
}

TEST_CASE("Of mismatches, bytes, multiplications and bounds more is worse", "[compare]") {
  for (const char* name : {"mismatches", "bytes", "multiplications", "accumulator_bounds"}) {
    INFO(name);
    CHECK(outcome(name, 50, 50, {2}) == Outcome::kSame);
    CHECK(outcome(name, 50, 49, {2}) == Outcome::kBetter);
    CHECK(outcome(name, 50, 52, {2}) == Outcome::kWithin);
    CHECK(outcome(name, 50, 53, {2}) == Outcome::kFell);
  }
}

TEST_CASE("A tolerance includes its edge, in decimals too", "[compare]") {
  CHECK(outcome("accuracy", 98.31, 97.81, {0.5}) == Outcome::kWithin);
  CHECK(outcome("accuracy", 98.31, 97.80, {0.5}) == Outcome::kFell);
  CHECK(outcome("accuracy", 0.3, 0.1, {0.2}) == Outcome::kWithin);  // 0.3 - 0.1 > 0.2 in float64
  CHECK(outcome("bytes", 1000, 1001, {0}) == Outcome::kFell);
  CHECK(outcome("accumulator_bounds", 2147483646, 2147483647, {0}) == Outcome::kFell);
}

TEST_CASE("A tolerance in percent is of the baseline's value", "[compare]") {
  CHECK(outcome("multiplications", 200, 204, percent(2)) == Outcome::kWithin);
  CHECK(outcome("multiplications", 200, 205, percent(2)) == Outcome::kFell);
  CHECK(outcome("multiplications", 0, 1, percent(2)) == Outcome::kFell);
  CHECK(outcome("speed", 10, 8, percent(20)) == Outcome::kWithin);
}

TEST_CASE("A layer that only one of the two has fell", "[compare]") {
  const Baseline baseline{.expectations = {expectation("accumulator_bounds", 5, {0}, "conv1"),
                                           expectation("accumulator_bounds", 5, {0}, "conv2")}};
  const Comparison found = compare(
      baseline,
      Facts{.measures = {{"accumulator_bounds", "conv1", 5}, {"accumulator_bounds", "conv3", 5}}});
  REQUIRE(found.rows.size() == 3);
  CHECK(found.count(Outcome::kFell) == 2);
  CHECK(found.rows[1].name == "accumulator_bounds: conv3");
  CHECK(found.rows[1].before.empty());
  CHECK(found.rows[2].name == "accumulator_bounds: conv2");
  CHECK(found.rows[2].now.empty());
}

TEST_CASE("Speed is compared only if both have it", "[compare]") {
  const Baseline with{.expectations = {expectation("speed", 5, {0})}};
  CHECK(compare(with, Facts{}).rows.empty());
  CHECK(compare(Baseline{}, Facts{.measures = {{"speed", "", 5}}}).rows.empty());
}

TEST_CASE("Without a baseline every measure is new", "[compare]") {
  const Facts facts{.measures = {{"accuracy", "", 97.1}, {"accumulator_bounds", "conv1", 5}}};
  const Comparison found = without_baseline(facts);
  REQUIRE(found.rows.size() == 2);
  CHECK(found.count(Outcome::kNew) == 2);
  CHECK(found.rows[0].before.empty());
  CHECK(found.rows[0].now == "97.10 %");
  CHECK(found.rows[1].name == "accumulator_bounds: conv1");
}

TEST_CASE("A row says both values, the change and the tolerance", "[compare]") {
  const Baseline baseline{.expectations = {expectation("accuracy", 98.31, {0.5})}};
  const Row row = compare(baseline, Facts{.measures = {{"accuracy", "", 97.1}}}).rows.at(0);
  CHECK(row.before == "98.31 %");
  CHECK(row.now == "97.10 %");
  CHECK(row.change == "-1.21");
  CHECK(row.tolerance == "0.5");
}

TEST_CASE("Checksums that differ are told layer by layer, in the network's order", "[compare]") {
  const Fingerprint before{.sha256 = "1", .layers = {{"a", "x"}, {"gone", "g"}, {"z", "y"}}};
  const Fingerprint now{.sha256 = "2", .layers = {{"z", "other"}, {"new", "n"}, {"a", "x"}}};
  Comparison found;
  compare_exactly(before, now, found);
  REQUIRE(found.rows.size() == 4);
  CHECK(found.rows[0].name == "exact");
  CHECK(found.rows[1].name == "exact: z");
  CHECK(found.rows[2].name == "exact: new");
  CHECK(found.rows[3].name == "exact: gone");
  CHECK(found.count(Outcome::kFell) == 4);
  Comparison same;
  compare_exactly(now, now, same);
  CHECK(same.rows.size() == 1);
  CHECK(same.count(Outcome::kSame) == 1);
}
