// A ReLU that is part of no other operator.

#include "emit/c/operator.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

const char* const kFunction = R"(/* Codes from lower to upper; out may be in. */
static void clamp_codes(const uint8_t *in, uint8_t *out, uint32_t count, uint8_t lower,
                        uint8_t upper)
{
  for (; count > 0; --count) {
    const uint8_t code = *in++;
    *out++ = code < lower ? lower : code > upper ? upper : code;
  }
}

)";

}  // namespace

OperatorC write_operator(const runtime::Clamp& clamp, const Site& site) {
  return {.functions = {kFunction},
          .title = "codes from " + to_string(clamp.lower) + " to " + to_string(clamp.upper),
          .call = "clamp_codes(" + site.inputs[0] + ", " + site.output + ", " +
                  to_string(site.out.size()) + ", " + to_string(clamp.lower) + ", " +
                  to_string(clamp.upper) + ");"};
}

}  // namespace floatsd::emit::c
