// Channels of several tensors side by side.

#include "emit/c/fill.h"
#include "emit/c/operator.h"
#include "emit/c/rounding.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

/// The C expression of an output code of input i.
std::string code(const runtime::Concat& concat, const Site& site, size_t i) {
  if (site.in_qparams[i] == concat.output) {
    return "in[c]";
  }
  return code_of("(int32_t)in[c] - " + to_string(site.in_qparams[i].zero_point),
                 concat.multipliers[i], concat.output.zero_point);
}

/// Brings the channels of input i to their places.
std::string part(const runtime::Concat& concat, const Site& site, size_t i) {
  const ActivationShape& in = site.in[i];
  return fill(R"(static void ${id}_join_$i(const uint8_t *in, uint8_t *out)
{
  /* volatile, as a compiler may multiply to find a place by steps that it knows */
  const volatile uint16_t out_channels = $out_channels;
  uint32_t pixel;
  uint16_t c;
  for (pixel = 0; pixel < $pixels; ++pixel) {
    for (c = 0; c < $channels; ++c) {
      out[c] = $code;
    }
    in += $channels;
    out += out_channels;
  }
}
)",
              {{"id", site.id},
               {"i", to_string(i)},
               {"pixels", to_string(in.height * in.width)},
               {"channels", to_string(in.channels)},
               {"out_channels", to_string(site.out.channels)},
               {"code", code(concat, site, i)}});
}

}  // namespace

OperatorC write_operator(const runtime::Concat& concat, const Site& site) {
  OperatorC c{.title = to_string(site.in.size()) + " tensors side by side"};
  int64_t channel = 0;
  for (size_t i = 0; i < site.in.size(); ++i) {
    if (site.in_qparams[i] != concat.output) {
      const Rounding rounding = rounding_of({&concat.multipliers[i], 1});
      c.functions.push_back(rounding_function(rounding));
      COperations of_value{.additions = 1};
      of_value += rounding_operations(rounding);
      c.operations += site.in[i].size() * of_value;
    }
    c.definitions += part(concat, site, i);
    c.call += (i == 0 ? "" : "\n  ") + site.id + "_join_" + to_string(i) + "(" + site.inputs[i] +
              ", " + site.output + (channel == 0 ? "" : " + " + to_string(channel)) + ");";
    channel += site.in[i].channels;
  }
  return c;
}

}  // namespace floatsd::emit::c
