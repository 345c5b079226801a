#pragma once
// Where in a file a network's tensors lie: its names are looked for at the ends of the file's
// paths, behind a prefix that they have in common.

#include <string>
#include <unordered_map>
#include <vector>

#include "train/named_tensors.h"

namespace floatsd::train {

/// A way to name a network's tensors: ours, or its widely cited implementation's.
using NameScheme = std::vector<std::string>;

/// The tensors behind one prefix.
struct Match {
  std::string prefix;  ///< of their paths: "model_state_dict._orig_mod."
  size_t scheme = 0;   ///< which scheme their names follow
  std::unordered_map<std::string, const NamedTensor*> found;  ///< by name in that scheme

  /// The prefix as a person names it: without the dot at its end, "." for none.
  [[nodiscard]] std::string label() const;
};

/// The name without the parts that wrappers leave in its middle: "layers.0.weight" of
/// "layers._orig_mod.0.weight". Those at its beginning stay: they are a prefix.
std::string unwrapped(const std::string& name);

/// Every prefix behind which names of a scheme stand, wrapped
/// or not, those with most names first; among equals the
/// weights of an optimizer and averages come after others, else in the order of the file.
std::vector<Match> match_names(const std::vector<NamedTensor>& tensors,
                               const std::vector<NameScheme>& schemes);

/// Whether `key`, as a person gives it, means that match: its label, a beginning of it ("ema" of
/// "ema.module") or an end of it ("teacher" of "state_dict.teacher"), each up to a dot.
bool is_meant(const Match& match, const std::string& key);

}  // namespace floatsd::train
