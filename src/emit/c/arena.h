#pragma once
// Arena: where activations and sums lie while the C runs, planned from their lifetimes.

#include <cstdint>
#include <optional>
#include <vector>

#include "floatsd/runtime/program.h"

namespace floatsd::emit::c {

/// Offsets in bytes, each a multiple of 4.
struct Arena {
  /// Of the input codes, if an input table makes them; otherwise layers read the image itself.
  std::optional<int64_t> input;
  /// Of each operator's output codes; that of the last operator has none, as the caller has it.
  std::vector<std::optional<int64_t>> outputs;
  /// Of each operator's 32-bit sums; nothing for one that needs none.
  std::vector<std::optional<int64_t>> sums;
  int64_t bytes = 0;
};

/// The bytes of 32-bit sums that `op` needs while it runs: one sum for each output channel of the
/// pixel at hand, and with max pooling the largest so far, so that unpooled outputs never exist.
int64_t sums_bytes(const runtime::Op& op);

/// Blocks that are alive at one time do not overlap. A sum of two tensors, a clamp and
/// a flattening that moves no code are written over an input that nobody reads later.
Arena plan_arena(const runtime::Program& program);

}  // namespace floatsd::emit::c
