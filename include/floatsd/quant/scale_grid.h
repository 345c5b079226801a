#pragma once
// Scale grid: which scales a network may have. With powers of two alone every requantization is a
// shift.

#include <string>
#include <string_view>

namespace floatsd::quant {

enum class ScaleGrid {
  kAny,         ///< any positive float32
  kPowerOfTwo,  ///< 2^k
};

/// "any" or "power-of-two"; throws Error, with a suggestion, on anything else.
ScaleGrid parse_scale_grid(std::string_view name);
std::string to_string(ScaleGrid grid);

/// The grid's scale nearest to `scale`, by ratio: for powers of two 2^k with
/// 2^(k - 1/2) <= scale < 2^(k + 1/2). Requires a positive normal number.
float round_to(ScaleGrid grid, float scale);

/// The grid's smallest scale that is not below `scale`; 0 of 0. Requires 0 or a positive normal
/// number.
float round_up_to(ScaleGrid grid, float scale);

}  // namespace floatsd::quant
