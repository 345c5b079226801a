#include "floatsd/quant/signal_formats.h"

#include <cstddef>
#include <string>
#include <vector>

#include "core/enum_names.h"
#include "core/minifloat.h"
#include "core/names.h"

namespace floatsd::quant {
namespace {

const std::string kFloat32 = "float32";
const EnumNames<Sums> kSums({"float32", "float16"});

}  // namespace

Sums parse_sums(std::string_view name) { return kSums.parse("sums", name); }

std::string to_string(Sums sums) { return kSums[sums]; }

const Minifloat* parse_signal_format(std::string_view name) {
  std::vector<std::string> names = {kFloat32};
  for (const Minifloat& format : minifloats()) {
    names.push_back(format.name);
  }
  const size_t found = find_name("signal format", name, names);
  return found == 0 ? nullptr : &minifloats()[found - 1];
}

std::string to_string(const Minifloat* signal_format) {
  return signal_format == nullptr ? kFloat32 : signal_format->name;
}

}  // namespace floatsd::quant
