#include "floatsd/quant/activation_scheme.h"

#include "core/enum_names.h"

namespace floatsd::quant {
namespace {

const EnumNames<ActivationScheme> kSchemes({"affine", "symmetric"});

}  // namespace

ActivationScheme parse_activation_scheme(std::string_view name) {
  return kSchemes.parse("activation scheme", name);
}

std::string to_string(ActivationScheme scheme) { return kSchemes[scheme]; }

}  // namespace floatsd::quant
