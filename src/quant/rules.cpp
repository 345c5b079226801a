#include "floatsd/quant/rules.h"

#include <fnmatch.h>

namespace floatsd::quant {

bool matches(std::string_view pattern, const NodeRole& node) {
  if (pattern == "first" || pattern == "last") {
    return pattern == "first" ? node.first : node.last;
  }
  if (pattern == node.kind || (pattern == "conv" && node.kind == "depthwise")) {
    return true;
  }
  return ::fnmatch(std::string(pattern).c_str(), node.name.c_str(), 0) == 0;
}

}  // namespace floatsd::quant
