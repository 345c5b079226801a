// The mean of each channel.

#include "emit/c/fill.h"
#include "emit/c/operator.h"
#include "emit/c/rounding.h"

namespace floatsd::emit::c {

OperatorC write_operator(const runtime::GlobalAveragePool& pool, const Site& site) {
  using std::to_string;
  const ActivationShape& in = site.in[0];
  const int64_t pixels = in.height * in.width;
  const Rounding rounding = rounding_of({&pool.multiplier, 1});
  COperations operations{.additions = pixels};
  operations += rounding_operations(rounding);
  return {.functions = {rounding_function(rounding)},
          .title = "mean of each channel",
          .definitions = fill(R"(static void ${id}_pool(const uint8_t *in, uint8_t *out)
{
  uint16_t c;
  for (c = 0; c < $channels; ++c) {
    int32_t sum = -$zeros;
    uint32_t place;
    for (place = c; place < $size; place += $channels) {
      sum += in[place];
    }
    out[c] = $code;
  }
}
)",
                              {{"id", site.id},
                               {"channels", to_string(in.channels)},
                               {"size", to_string(in.size())},
                               {"zeros", to_string(pixels * site.in_qparams[0].zero_point)},
                               {"code", code_of("sum", pool.multiplier, pool.output.zero_point)}}),
          .call = site.id + "_pool(" + site.inputs[0] + ", " + site.output + ");",
          .operations = in.channels * operations};
}

}  // namespace floatsd::emit::c
