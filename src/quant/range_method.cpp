#include "floatsd/quant/range_method.h"

#include "core/enum_names.h"

namespace floatsd::quant {
namespace {

const EnumNames<RangeMethod> kMethods({"min-max", "moving-average", "learned", "peak", "latest"});

}  // namespace

RangeMethod parse_range_method(std::string_view name) { return kMethods.parse("observer", name); }

std::string to_string(RangeMethod method) { return kMethods[method]; }

}  // namespace floatsd::quant
