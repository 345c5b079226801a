#pragma once
// Rules: which nodes of a network something is for, by patterns; the last match wins.

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "floatsd/core/error.h"

namespace floatsd::quant {

/// What a rule can match a node by.
struct NodeRole {
  std::string name;    ///< "conv1"
  std::string kind;    ///< "conv", "depthwise", "linear", "norm", "add", "concat" or "average-pool"
  bool first = false;  ///< of the network's weighted layers
  bool last = false;
};

/// `pattern` is a kind ("conv" any convolution, "depthwise", ...), "first", "last", or a glob over
/// node names ("conv*", "features.?.depthwise").
template <typename T>
struct Rule {
  std::string pattern;
  T value;
};

/// Whether a rule of that pattern is meant for that node.
bool matches(std::string_view pattern, const NodeRole& node);

/// What the last rule for that node says; none if there is none.
template <typename T>
std::optional<T> find_rule(const std::vector<Rule<T>>& rules, const NodeRole& node) {
  const auto last = std::find_if(rules.rbegin(), rules.rend(),
                                 [&](const Rule<T>& rule) { return matches(rule.pattern, node); });
  return last == rules.rend() ? std::nullopt : std::optional(last->value);
}

/// Reads VALUE, for every node, or PATTERN=VALUE; `parse` reads the value.
template <typename T>
Rule<T> parse_rule(std::string_view text, T (*parse)(std::string_view)) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) {
    return {"*", parse(text)};
  }
  return {std::string(text.substr(0, equals)), parse(text.substr(equals + 1))};
}

/// What parse_rule reads back, without a pattern of *.
template <typename T>
std::string to_string(const Rule<T>& rule) {
  return (rule.pattern == "*" ? "" : rule.pattern + "=") + to_string(rule.value);
}

/// Throws Error naming the rule that is for none of those nodes; `what` it is one of.
template <typename T>
void check_rules_are_used(const std::string& what, const std::vector<Rule<T>>& rules,
                          const std::vector<NodeRole>& nodes) {
  for (const Rule<T>& rule : rules) {
    if (std::none_of(nodes.begin(), nodes.end(),
                     [&](const NodeRole& node) { return matches(rule.pattern, node); })) {
      throw Error(what + " '" + rule.pattern + "=" + to_string(rule.value) +
                  "' matches no layer of the network");
    }
  }
}

}  // namespace floatsd::quant
