#include "floatsd/analyze/mixed_precision.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace floatsd::analyze {
namespace {

/// The loss that a step adds for each unit of cost that it saves.
double slope(const Choice& from, const Choice& to) {
  return (to.loss - from.loss) / (from.cost - to.cost);
}

/// The choices on the lower convex hull, from the one of least loss (the cheapest of those) down in
/// cost; the slopes between neighbours rise.
std::vector<size_t> hull(const std::vector<Choice>& choices) {
  std::vector<size_t> order(choices.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return choices[a].loss != choices[b].loss ? choices[a].loss < choices[b].loss
                                              : choices[a].cost < choices[b].cost;
  });
  std::vector<size_t> kept;
  for (const size_t next : order) {
    if (!kept.empty() && choices[next].cost >= choices[kept.back()].cost) {
      continue;  // costs no less and loses no less
    }
    while (kept.size() > 1 && slope(choices[kept[kept.size() - 2]], choices[kept.back()]) >=
                                  slope(choices[kept.back()], choices[next])) {
      kept.pop_back();
    }
    kept.push_back(next);
  }
  return kept;
}

Assignment assignment(const std::vector<std::vector<Choice>>& layers,
                      const std::vector<std::vector<size_t>>& hulls,
                      const std::vector<size_t>& places) {
  Assignment result;
  for (size_t l = 0; l < layers.size(); ++l) {
    const size_t choice = hulls[l][places[l]];
    result.choices.push_back(choice);
    result.cost += layers[l][choice].cost;
    result.loss += layers[l][choice].loss;
  }
  return result;
}

}  // namespace

std::vector<Assignment> mixed_precision_front(const std::vector<std::vector<Choice>>& layers) {
  std::vector<std::vector<size_t>> hulls;
  for (const std::vector<Choice>& choices : layers) {
    hulls.push_back(hull(choices));
  }
  std::vector<size_t> places(layers.size(), 0);
  std::vector<Assignment> front = {assignment(layers, hulls, places)};
  while (true) {
    size_t best = layers.size();
    double least = std::numeric_limits<double>::infinity();
    for (size_t l = 0; l < layers.size(); ++l) {
      if (places[l] + 1 < hulls[l].size()) {
        const double step =
            slope(layers[l][hulls[l][places[l]]], layers[l][hulls[l][places[l] + 1]]);
        if (step < least) {
          least = step;
          best = l;
        }
      }
    }
    if (best == layers.size()) {
      return front;
    }
    ++places[best];
    front.push_back(assignment(layers, hulls, places));
  }
}

size_t find_within(const std::vector<Assignment>& front, double budget) {
  const auto found = std::find_if(front.begin(), front.end(),
                                  [&](const Assignment& a) { return a.cost <= budget; });
  return static_cast<size_t>(found - front.begin());
}

}  // namespace floatsd::analyze
