#pragma once
// Definition: an integer network's kernels beside the plain loops that define its operators.

#include <cstdint>
#include <span>

#include "floatsd/runtime/interpreter.h"

namespace floatsd::check {

struct CodeCount {
  int64_t codes = 0;       ///< compared: images * outputs of all layers
  int64_t mismatches = 0;  ///< of them different
};

/// Runs both on `images`, bytes [N, C, H, W], by `threads` >= 1 threads. Slow: for some images.
CodeCount compare_with_definition(const runtime::Interpreter& integer,
                                  std::span<const uint8_t> images, int threads);

/// How many times as many images a second the kernels answer on one thread as the definition does,
/// the median of five rounds in which both run in turn: a measure of kernels that machines of one
/// kind agree on. Requires at least one image.
double speed(const runtime::Interpreter& integer, std::span<const uint8_t> images);

}  // namespace floatsd::check
