#pragma once
// How an option, or a field of a checkpoint, is refused.

#include <string>

#include "floatsd/core/error.h"

namespace floatsd::train {

/// Throws Error where `holds` is false.
inline void require(bool holds, const std::string& message) {
  if (!holds) {
    throw Error(message);
  }
}

}  // namespace floatsd::train
