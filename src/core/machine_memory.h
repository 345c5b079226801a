#pragma once
// How much memory this machine has: images that cannot fit are refused before it is taken.

#include <cstdint>

namespace floatsd {

/// Bytes.
int64_t machine_memory();

}  // namespace floatsd
