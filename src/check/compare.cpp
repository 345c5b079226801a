#include "check/compare.h"

#include <algorithm>
#include <cmath>

namespace floatsd::check {
namespace {

/// What float64 arithmetic on decimals of a file may add to a difference: far less than one of what
/// is counted.
constexpr double kRounding = 1e-9;
constexpr double kMostRounding = 0.25;

Outcome judge(const Quantity& quantity, const Expectation& expectation, double measured) {
  const double expected = expectation.measure.value;
  if (measured == expected) {
    return Outcome::kSame;
  }
  const double worse =
      quantity.better == Better::kHigher ? expected - measured : measured - expected;
  if (worse < 0) {
    return Outcome::kBetter;
  }
  const double rounding = std::min(kRounding * std::max(1.0, std::abs(expected)), kMostRounding);
  return worse <= expectation.tolerance.around(expected) + rounding ? Outcome::kWithin
                                                                    : Outcome::kFell;
}

std::string row_name(const Measure& measure) {
  return measure.layer.empty() ? measure.name : measure.name + ": " + measure.layer;
}

Row row_of(const Expectation& expectation, const Measure& measure) {
  const Quantity& quantity = find_quantity(measure.name);
  const double expected = expectation.measure.value;
  return {.name = row_name(measure),
          .before = value_text(quantity, expected),
          .now = value_text(quantity, measure.value),
          .change = change_text(quantity, measure.value - expected),
          .tolerance = to_string(expectation.tolerance),
          .outcome = judge(quantity, expectation, measure.value),
          .expected = expected,
          .measured = measure.value};
}

/// Of what no baseline knows.
Row row_alone(const Measure& measure, Outcome outcome) {
  return {.name = row_name(measure),
          .now = value_text(find_quantity(measure.name), measure.value),
          .outcome = outcome,
          .measured = measure.value};
}

/// Of a layer that is gone.
Row row_of_missing(const Expectation& expectation) {
  const Measure& measure = expectation.measure;
  return {.name = row_name(measure),
          .before = value_text(find_quantity(measure.name), measure.value),
          .tolerance = to_string(expectation.tolerance),
          .outcome = Outcome::kFell,
          .expected = measure.value};
}

bool has(const Facts& facts, const Measure& wanted) {
  return std::any_of(facts.measures.begin(), facts.measures.end(), [&](const Measure& measure) {
    return measure.name == wanted.name && measure.layer == wanted.layer;
  });
}

/// Empty if there is none of that name.
std::string checksum_of(const Fingerprint& fingerprint, const std::string& layer) {
  for (const Fingerprint::Layer& each : fingerprint.layers) {
    if (each.name == layer) {
      return each.sha256;
    }
  }
  return "";
}

std::string begin_of(const std::string& checksum) {
  constexpr size_t kShown = 12;
  return checksum.empty() ? "" : checksum.substr(0, kShown) + "...";
}

Row checksum_row(const std::string& name, const std::string& before, const std::string& now) {
  return {.name = name,
          .before = begin_of(before),
          .now = begin_of(now),
          .outcome = before == now ? Outcome::kSame : Outcome::kFell};
}

}  // namespace

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kSame:
      return "as before";
    case Outcome::kBetter:
      return "better";
    case Outcome::kWithin:
      return "within tolerance";
    case Outcome::kNew:
      return "new";
    case Outcome::kFell:
      break;
  }
  return "fell";
}

int64_t Comparison::count(Outcome outcome) const {
  return std::count_if(rows.begin(), rows.end(),
                       [outcome](const Row& row) { return row.outcome == outcome; });
}

Comparison compare(const Baseline& baseline, const Facts& facts) {
  Comparison comparison;
  for (const Measure& measure : facts.measures) {
    const Expectation* expectation = baseline.find(measure.name, measure.layer);
    if (expectation != nullptr) {
      comparison.rows.push_back(row_of(*expectation, measure));
    } else if (!find_quantity(measure.name).is_optional) {
      comparison.rows.push_back(row_alone(measure, Outcome::kFell));
    }
  }
  for (const Expectation& expectation : baseline.expectations) {
    const Measure& measure = expectation.measure;
    if (!has(facts, measure) && !find_quantity(measure.name).is_optional) {
      comparison.rows.push_back(row_of_missing(expectation));
    }
  }
  return comparison;
}

Comparison without_baseline(const Facts& facts) {
  Comparison comparison;
  for (const Measure& measure : facts.measures) {
    comparison.rows.push_back(row_alone(measure, Outcome::kNew));
  }
  return comparison;
}

void compare_exactly(const Fingerprint& before, const Fingerprint& now, Comparison& into) {
  into.rows.push_back(checksum_row("exact", before.sha256, now.sha256));
  for (const Fingerprint::Layer& layer : now.layers) {
    const Row row =
        checksum_row("exact: " + layer.name, checksum_of(before, layer.name), layer.sha256);
    if (row.outcome != Outcome::kSame) {
      into.rows.push_back(row);
    }
  }
  for (const Fingerprint::Layer& layer : before.layers) {
    if (checksum_of(now, layer.name).empty()) {
      into.rows.push_back(checksum_row("exact: " + layer.name, layer.sha256, ""));
    }
  }
}

}  // namespace floatsd::check
