#pragma once
// How a program is refused: under the operator's name.

#include <string>

#include "floatsd/core/error.h"

namespace floatsd::runtime {

/// Throws Error "OP: WHAT" where `holds` is false.
inline void require(bool holds, const std::string& op, const std::string& what) {
  if (!holds) {
    throw Error(op + ": " + what);
  }
}

}  // namespace floatsd::runtime
