#pragma once
// Class names: whether a data set and a network mean the same classes.

#include <string>
#include <vector>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// Throws Error naming a class that both have in different places, `names` being those of the
/// outputs of `reader`: its answers would be counted as others. Names that only one of them has may
/// be other words for the same classes.
void check_class_names(const Dataset& dataset, const std::vector<std::string>& names,
                       const std::string& reader);

}  // namespace floatsd::data
