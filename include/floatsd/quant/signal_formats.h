#pragma once
// Signal formats: what float training rounds the operands of a layer's products to, and their sums,
// as hardware that trains in 8 bits would hold them. Weights have their own way
// (train/optimizer.h).

#include <string>
#include <string_view>

namespace floatsd {
struct Minifloat;
}

namespace floatsd::quant {

/// What a layer's products are added in.
enum class Sums {
  kFloat32,  ///< in ATen's order
  kFloat16,  ///< rounded after every addition (docs/numerics.md)
};

/// "float32" or "float16"; throws Error, with a suggestion, on anything else.
Sums parse_sums(std::string_view name);
std::string to_string(Sums sums);

/// Null: float32, nothing is rounded.
struct SignalFormats {
  const Minifloat* activations = nullptr;  ///< a layer's input
  const Minifloat* gradients = nullptr;    ///< the gradient of its accumulators
  Sums sums = Sums::kFloat32;              ///< of outputs and of all gradients

  bool operator==(const SignalFormats&) const = default;
};

/// "float32" (null) or a minifloat's name. Throws Error, with a suggestion, on anything else.
const Minifloat* parse_signal_format(std::string_view name);
std::string to_string(const Minifloat* signal_format);

}  // namespace floatsd::quant
