#pragma once
// How a number, a shape or a field is refused, and under which name.

#include <string>

#include "floatsd/core/error.h"

namespace floatsd {

/// Throws Error if `holds` is false.
inline void require(bool holds, const std::string& what) {
  if (!holds) {
    throw Error(what);
  }
}

/// What `compute` gives; what it refuses is refused under that name, by an error of the same kind:
/// "conv1: WHAT".
template <typename Compute>
decltype(auto) named(const std::string& name, const Compute& compute) {
  try {
    return compute();
  } catch (const FormatViolation& error) {
    throw FormatViolation(name + ": " + error.what());
  } catch (const Diverged& error) {
    throw Diverged(name + ": " + error.what());
  } catch (const Error& error) {
    throw Error(name + ": " + error.what());
  }
}

}  // namespace floatsd
