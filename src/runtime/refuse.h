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

/// What `compute` gives; what it refuses is refused under the operator's name.
template <typename Compute>
decltype(auto) named(const std::string& op, const Compute& compute) {
  try {
    return compute();
  } catch (const Error& error) {
    throw Error(op + ": " + error.what());
  }
}

}  // namespace floatsd::runtime
