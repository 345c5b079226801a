#pragma once
// Which tensors of a network are its quantizers' ranges, and not its weights.

#include <string_view>

namespace floatsd::train {

/// The ends of their names: a layer's own name may hold any of these words.
constexpr std::string_view kScale = "_quantizer.scale";
constexpr std::string_view kRangeMin = "_quantizer.observer.min_val";
constexpr std::string_view kRangeMax = "_quantizer.observer.max_val";

inline bool is_quantizer_state(std::string_view name) {
  return name.ends_with(kScale) || name.ends_with(kRangeMin) || name.ends_with(kRangeMax);
}

}  // namespace floatsd::train
