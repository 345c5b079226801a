#include "floatsd/quant/activation_scheme.h"

#include <array>

#include "core/names.h"

namespace floatsd::quant {
namespace {

const std::array<std::string, 2> kSchemes = {"affine", "symmetric"};

}  // namespace

ActivationScheme parse_activation_scheme(std::string_view name) {
  return static_cast<ActivationScheme>(find_name("activation scheme", name, kSchemes));
}

std::string to_string(ActivationScheme scheme) { return kSchemes[static_cast<size_t>(scheme)]; }

}  // namespace floatsd::quant
