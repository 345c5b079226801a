#include "data/class_names.h"

#include <algorithm>

#include "floatsd/core/error.h"

namespace floatsd::data {

void check_class_names(const Dataset& dataset, const std::vector<std::string>& names,
                       const std::string& reader) {
  const std::vector<std::string>& ours = dataset.class_names;
  for (size_t i = 0; i < std::min(ours.size(), names.size()); ++i) {
    const auto theirs = std::find(names.begin(), names.end(), ours[i]);
    if (ours[i] != names[i] && theirs != names.end()) {
      throw Error(dataset.name + ": '" + ours[i] + "' is class " + std::to_string(i) +
                  ", but class " + std::to_string(theirs - names.begin()) + " of " + reader +
                  "; expected its classes in the same order");
    }
  }
}

}  // namespace floatsd::data
