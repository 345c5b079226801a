#pragma once
// Mixed precision: which format each layer gets if all of them together have a budget. The numbers
// it takes come from analyze/sensitivity.h.

#include <cstddef>
#include <vector>

namespace floatsd::analyze {

/// One layer in one format.
struct Choice {
  double cost = 0;  ///< bytes, or shift-adds; costs of layers add up
  double loss = 0;  ///< what the network loses; losses of layers are taken to add up
};

/// A choice for each layer, by its place among the layer's choices.
struct Assignment {
  std::vector<size_t> choices;
  double cost = 0, loss = 0;  ///< sums over the layers
};

/// Assignments of which each has the least loss + lambda * cost of all, for some lambda >= 0; the
/// costliest first, their losses rise and their costs fall. They are the lower convex hull of all
/// assignments: layer by layer the hull of its choices is walked from its lowest loss on, always
/// that step of all layers which adds least loss for what it saves. Source: the greedy walk for the
/// multiple-choice knapsack problem (Sinha and Zoltners 1979). Every layer needs at least one
/// choice, of finite cost and loss.
std::vector<Assignment> mixed_precision_front(const std::vector<std::vector<Choice>>& layers);

/// The first of the front (the least loss) whose cost is at most `budget`; front.size() if none
/// is.
size_t find_within(const std::vector<Assignment>& front, double budget);

}  // namespace floatsd::analyze
