// A linear layer.

#include "emit/c/layer.h"
#include "emit/c/operator.h"

namespace floatsd::emit::c {
namespace {

const char* const kFunction = R"(/* All inputs are one kernel position. */
static void connect(const struct layer *layer, const uint8_t *in, uint8_t *out, int32_t *sums)
{
  start_sums(layer, sums);
  layer->add_tap(layer, in, layer->weights, sums);
  write_codes(layer, sums, out);
}

)";

}  // namespace

OperatorC write_operator(const runtime::Linear& linear, const Site& site) {
  OperatorC layer =
      write_layer(linear.weights, linear.requantize, weight_rows(linear, site.in[0]), 1, site);
  layer.functions.emplace_back(kFunction);
  layer.title = "linear, " + describe(linear.weights) + activation(linear.requantize);
  layer.call = "connect(&" + site.id + "_layer, " + site.inputs[0] + ", " + site.output + ", " +
               site.sums + ");";
  return layer;
}

}  // namespace floatsd::emit::c
