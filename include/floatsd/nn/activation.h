#pragma once
// Activation: the function behind a layer or an addition.

namespace floatsd::nn {

/// What may be fused behind a layer or an addition.
enum class Activation {
  kNone,
  kRelu,
  kRelu6,  ///< min(max(0, x), 6)
};

}  // namespace floatsd::nn
