#include "quant/exact_pattern.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace floatsd::quant {

std::string exact_pattern(const std::string& node) {
  // What a pattern takes for a place or a kind of node (NodeRole).
  constexpr std::array<std::string_view, 9> kWords = {
      "first", "last", "conv", "depthwise", "linear", "norm", "add", "concat", "average-pool"};
  std::string pattern;
  if (std::find(kWords.begin(), kWords.end(), node) != kWords.end()) {
    pattern.append("[").append(node, 0, 1).append("]").append(node, 1);
    return pattern;
  }
  for (const char c : node) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) {
      pattern += '\\';
    }
    pattern += c;
  }
  return pattern;
}

}  // namespace floatsd::quant
