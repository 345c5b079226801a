#include "floatsd/report/run_report.h"

#include <algorithm>
#include <numeric>
#include <set>

namespace floatsd::report {

int64_t Weights::count() const { return std::accumulate(counts.begin(), counts.end(), int64_t{0}); }

int Weights::levels_used() const {
  return static_cast<int>(
      std::count_if(counts.begin(), counts.end(), [](int64_t count) { return count > 0; }));
}

Cost& Cost::operator+=(const Cost& other) {
  weight_bytes += other.weight_bytes;
  other_bytes += other.other_bytes;
  multiplications += other.multiplications;
  shifts += other.shifts;
  additions += other.additions;
  return *this;
}

double Answers::percent() const {
  return total == 0 ? 0 : 100.0 * static_cast<double>(correct) / static_cast<double>(total);
}

std::optional<Cost> RunReport::cost() const {
  Cost sum{.other_bytes = input_table};
  for (const Layer& layer : layers) {
    if (!layer.cost) {
      return std::nullopt;
    }
    sum += *layer.cost;
  }
  return layers.empty() ? std::nullopt : std::optional(sum);
}

std::string RunReport::schemes() const {
  std::set<std::string> seen;
  std::string text;
  for (const Layer& layer : layers) {
    if (layer.weights && seen.insert(layer.weights->scheme).second) {
      text += (text.empty() ? "" : ", ") + layer.weights->scheme;
    }
  }
  return text.empty() ? float_weights : text;
}

const std::string& RunReport::class_name(int label) const {
  static const std::string kUnknown = "?";
  const auto place = static_cast<size_t>(label);
  return place < class_names.size() ? class_names[place] : kUnknown;
}

}  // namespace floatsd::report
