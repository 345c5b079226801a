#pragma once
// Which tensors of a network are its quantizers' ranges, and not its weights.

#include <algorithm>
#include <array>
#include <string_view>

namespace floatsd::train {

/// By its end: a layer's own name may hold any of these words.
inline bool is_quantizer_state(std::string_view name) {
  constexpr std::array<std::string_view, 3> kEnds = {
      "_quantizer.scale", "_quantizer.observer.min_val", "_quantizer.observer.max_val"};
  return std::any_of(kEnds.begin(), kEnds.end(),
                     [&](std::string_view end) { return name.ends_with(end); });
}

}  // namespace floatsd::train
