#include "floatsd/quant/range_method.h"

#include <array>

#include "core/names.h"

namespace floatsd::quant {
namespace {

const std::array<std::string, 5> kMethods = {"min-max", "moving-average", "learned", "peak",
                                             "latest"};

}  // namespace

RangeMethod parse_range_method(std::string_view name) {
  return static_cast<RangeMethod>(find_name("observer", name, kMethods));
}

std::string to_string(RangeMethod method) { return kMethods[static_cast<size_t>(method)]; }

}  // namespace floatsd::quant
