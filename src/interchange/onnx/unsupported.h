#pragma once
// Unsupported: why one node of an ONNX graph cannot become floatsd's. The walk over the graph
// collects all of them before it refuses the file.

#include <string>

#include "floatsd/core/error.h"

namespace floatsd::interchange::onnx {

/// The message says what would be needed.
class Unsupported : public Error {
 public:
  using Error::Error;
};

inline void need(bool holds, const std::string& what) {
  if (!holds) {
    throw Unsupported(what);
  }
}

}  // namespace floatsd::interchange::onnx
