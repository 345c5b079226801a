#pragma once
// Which tensors of a network are its quantizers' ranges, and not its weights.

#include <string_view>

namespace floatsd::train {

inline bool is_quantizer_state(std::string_view name) {
  return name.find("_quantizer.") != std::string_view::npos;
}

}  // namespace floatsd::train
