#pragma once
// Which buffer holds which operator's output while a program runs.

#include <cstddef>
#include <vector>

#include "floatsd/runtime/program.h"

namespace floatsd::runtime {

/// The buffer of each operator's output, counted from 0; a buffer is taken again once its last
/// reader has run, never by an operator that reads it. The last operator's output stands at the
/// end.
std::vector<size_t> shared_buffers(const Program& program);

/// A buffer for each operator, so that all outputs stand at the end.
std::vector<size_t> own_buffers(const Program& program);

/// Where each operator's output begins in one piece of memory, in bytes, and how many it has.
struct BufferPlaces {
  std::vector<size_t> begins;
  size_t bytes = 0;
};

/// One buffer behind the other, each as large as the largest of its outputs. Requires the bytes of
/// every operator's output.
BufferPlaces place_buffers(const std::vector<size_t>& buffer_of,
                           const std::vector<size_t>& output_bytes);

}  // namespace floatsd::runtime
