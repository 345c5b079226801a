#pragma once
// Activation scheme: where the value 0 lies among the codes of an activation.

#include <string>
#include <string_view>

namespace floatsd::quant {

/// How the codes of activations lie about the value 0.
enum class ActivationScheme {
  kAffine,     ///< where the range wants it
  kSymmetric,  ///< zero_point 128 if the range has negative values, else 0
};

/// "affine" or "symmetric"; throws Error, with a suggestion, on anything else.
ActivationScheme parse_activation_scheme(std::string_view name);
std::string to_string(ActivationScheme scheme);

}  // namespace floatsd::quant
