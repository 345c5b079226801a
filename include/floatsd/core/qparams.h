#pragma once
// The scale that stands beside integer codes.

#include <cstdint>

namespace floatsd {

/// real = scale * (code - zero_point). `scale` is positive and finite.
struct QParams {
  float scale = 1.0F;
  int32_t zero_point = 0;

  bool operator==(const QParams&) const = default;
};

/// Whether one scale serves the whole tensor or each output channel (axis 0) has its own.
enum class Granularity { kPerTensor, kPerChannel };

/// Activation codes are unsigned 8-bit: kMinCode..kMaxCode.
inline constexpr int32_t kMinCode = 0;
inline constexpr int32_t kMaxCode = 255;

}  // namespace floatsd
