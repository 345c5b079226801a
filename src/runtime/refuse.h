#pragma once
// How a program is refused: under the operator's name.

#include <string>

#include "core/refuse.h"

namespace floatsd::runtime {

using floatsd::require;

/// Throws Error "OP: WHAT" if `holds` is false.
inline void require(bool holds, const std::string& op, const std::string& what) {
  require(holds, op + ": " + what);
}

}  // namespace floatsd::runtime
