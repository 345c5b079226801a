#pragma once
// Compare: a network's facts beside its baseline.

#include <optional>
#include <string>
#include <vector>

#include "check/baseline.h"
#include "check/facts.h"

namespace floatsd::check {

enum class Outcome {
  kSame,
  kBetter,
  kWithin,  ///< worse, by no more than the tolerance
  kFell,    ///< worse by more; also a layer that only one of the two has, and another checksum
  kNew,     ///< there was no baseline
};
/// "as before", "better", "within tolerance", "fell", "new".
const char* to_string(Outcome outcome);

struct Row {
  std::string name;    ///< "accuracy", "accumulator_bounds: conv1", "exact: conv1"
  std::string before;  ///< the baseline's value as people read it; empty: it has none
  std::string now;     ///< what was measured; empty: nothing
  std::string change;  ///< empty unless both are numbers
  std::string tolerance;
  Outcome outcome = Outcome::kSame;
  std::optional<double> expected, measured;  ///< if they are numbers
};

struct Comparison {
  std::vector<Row> rows;

  [[nodiscard]] int64_t count(Outcome outcome) const;
};

/// A row for each quantity that was measured or is in the baseline, but for optional ones that were
/// not measured or are not there. Requires networks of one kind.
Comparison compare(const Baseline& baseline, const Facts& facts);

/// A new row for each quantity that was measured, if there is no baseline to compare with.
Comparison without_baseline(const Facts& facts);

/// A row for all, and one for each layer that differs; the latter in the network's order, so that
/// the first is where the difference begins. Fills `into`.
void compare_exactly(const Fingerprint& before, const Fingerprint& now, Comparison& into);

}  // namespace floatsd::check
