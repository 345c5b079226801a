#pragma once
// [H, W, C] <-> [C, H, W] of one image.

#include <cstdint>
#include <span>

#include "floatsd/runtime/program.h"

namespace floatsd::runtime::kernels {

inline void to_chw(const ActivationShape& shape, std::span<const uint8_t> hwc,
                   std::span<uint8_t> chw) {
  const int64_t plane = shape.height * shape.width;
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      chw[c * plane + i] = hwc[i * shape.channels + c];
    }
  }
}

inline void to_hwc(const ActivationShape& shape, std::span<const uint8_t> chw,
                   std::span<uint8_t> hwc) {
  const int64_t plane = shape.height * shape.width;
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      hwc[i * shape.channels + c] = chw[c * plane + i];
    }
  }
}

}  // namespace floatsd::runtime::kernels
