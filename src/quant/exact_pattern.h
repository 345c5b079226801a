#pragma once
// Exact pattern: a rule's pattern for one node and no other.

#include <string>

namespace floatsd::quant {

/// What matches() takes for the node of that name alone, whatever letters are in the name and even
/// if it is a word of patterns ("linear", "last").
std::string exact_pattern(const std::string& node);

}  // namespace floatsd::quant
