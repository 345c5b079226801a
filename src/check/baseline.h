#pragma once
// Baseline: the facts that a network is held to, each with its tolerance, as a JSON file that a
// person reads and edits (docs/checking.md).

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "check/facts.h"
#include "check/quantity.h"

namespace floatsd::check {

struct Expectation {
  Measure measure;
  Tolerance tolerance;
};

struct Baseline {
  NetworkKind kind = NetworkKind::kInteger;
  Images images;
  std::vector<Expectation> expectations;  ///< in the order of the quantities
  std::optional<Fingerprint> exact;

  /// Null if the baseline has none of that name and layer.
  [[nodiscard]] const Expectation* find(const std::string& name, const std::string& layer) const;
};

/// Throws Error beginning with `where` and naming the key that is unknown, missing, of another
/// type or out of range, also of another version.
Baseline parse_baseline(std::string_view text, const std::string& where);

std::string to_json(const Baseline& baseline);

/// A baseline of what was measured. Tolerances of `before`, if there is one, stay, and so do its
/// optional quantities that were not measured; what is new has its quantity's tolerance.
Baseline updated(const std::optional<Baseline>& before, const Facts& facts, const Images& images,
                 const std::optional<Fingerprint>& exact);

}  // namespace floatsd::check
