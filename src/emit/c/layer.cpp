#include "emit/c/layer.h"

#include "emit/c/array.h"
#include "emit/c/fill.h"
#include "emit/c/identifier.h"
#include "emit/c/rounding.h"
#include "emit/c/tap_function.h"
#include "floatsd/core/codebook.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

const char* const kStruct =
    R"(/* A layer with weights. For each output channel: sum = bias + sum of weight * (in - input_zero);
 * code = $code + output_zero, from lower to upper. */
struct layer {
  /* Adds what one kernel position brings to the sums of all output channels. */
  void (*add_tap)(const struct layer *layer, const uint8_t *in, const uint8_t *weights,
                  int32_t *sums);
  const uint8_t *weights; /* by kernel position, group, input channel, output channel */
  const int32_t *bias;
$multipliers  const $shift_type *shifts;
  uint32_t tap_bytes, row_bytes; /* of the weights of a kernel position, of an input channel */
  uint16_t groups, inputs, outputs; /* inputs and outputs of one group */
  uint16_t channels; /* outputs of all groups */
  uint8_t input_zero, output_zero, lower, upper;
};

)";

const char* const kStartSums = R"(/* Every sum begins with its bias. */
static void start_sums(const struct layer *layer, int32_t *sums)
{
  uint16_t c;
  for (c = 0; c < layer->channels; ++c) {
    sums[c] = layer->bias[c];
  }
}

)";

const char* const kWriteCodes = R"(/* The codes of one pixel. */
static void write_codes(const struct layer *layer, const int32_t *sums, uint8_t *out)
{
  uint16_t c;
  for (c = 0; c < layer->channels; ++c) {
    out[c] = $code;
  }
}

)";

std::string struct_layer(Rounding rounding) {
  const bool shifts = rounding == Rounding::kShift;
  return fill(kStruct, {{"code", shifts ? "floor(sum / 2^shift + 1/2)"
                                        : "floor(sum * multiplier / 2^shift + 1/2)"},
                        {"multipliers", shifts ? "" : "  const uint16_t *multipliers;\n"},
                        {"shift_type", shifts ? "int8_t" : "uint8_t"}});
}

std::string write_codes(Rounding rounding) {
  return fill(kWriteCodes,
              {{"code", rounding == Rounding::kShift
                            ? "code_by_shift(sums[c], layer->shifts[c], layer->output_zero, "
                              "layer->lower,\n                           layer->upper)"
                            : "code_by_multiplier(sums[c], layer->multipliers[c], "
                              "layer->shifts[c],\n                                "
                              "layer->output_zero, layer->lower, layer->upper)"}});
}

std::string constants(const Requantize& requantize, const WeightRows& rows,
                      const std::string& add_tap, const Site& site) {
  return array<uint8_t>("uint8_t", site.id + "_weights", rows.bytes) +
         array<int32_t>("int32_t", site.id + "_bias", requantize.bias) +
         fixed_points(requantize.multipliers, site.id, site.rounding) +
         fill(R"(static const struct layer ${id}_layer = {
  .add_tap = $add_tap,
  .weights = ${id}_weights,
  .bias = ${id}_bias,
$multipliers  .shifts = ${id}_shifts,
  .tap_bytes = $tap_bytes, .row_bytes = $row_bytes,
  .groups = $groups, .inputs = $inputs, .outputs = $outputs, .channels = $channels,
  .input_zero = $input_zero, .output_zero = $output_zero, .lower = $lower,
  .upper = $upper
};
)",
              {{"id", site.id},
               {"add_tap", add_tap},
               {"multipliers", site.rounding == Rounding::kShift
                                   ? ""
                                   : "  .multipliers = " + site.id + "_multipliers,\n"},
               {"tap_bytes", to_string(rows.tap_bytes)},
               {"row_bytes", to_string(rows.row_bytes)},
               {"groups", to_string(rows.groups)},
               {"inputs", to_string(rows.inputs)},
               {"outputs", to_string(rows.outputs)},
               {"channels", to_string(rows.groups * rows.outputs)},
               {"input_zero", to_string(site.in_qparams[0].zero_point)},
               {"output_zero", to_string(requantize.output.zero_point)},
               {"lower", to_string(requantize.lower_code())},
               {"upper", to_string(requantize.upper)}});
}

}  // namespace

std::string describe(const runtime::Weights& weights) {
  return in_comment(weights.format) +
         (weights.granularity == Granularity::kPerChannel ? " per channel" : " per tensor");
}

OperatorC write_layer(const runtime::Weights& weights, const Requantize& requantize,
                      const WeightRows& rows, int64_t taps, const Site& site) {
  const TapFunction tap = tap_function(find_codebook(weights.format), site.format, rows);
  const int64_t bytes_a_channel = int64_t{sizeof(int32_t)} + fixed_point_bytes(site.rounding);
  OperatorC layer{.functions = {struct_layer(site.rounding)},
                  .definitions = constants(requantize, rows, tap.name, site),
                  .weight_bytes = static_cast<int64_t>(rows.bytes.size()),
                  .other_bytes = bytes_a_channel * rows.groups * rows.outputs,
                  .tables = tap.tables,
                  .operations = taps * tap.operations};
  layer.operations += site.out.size() * rounding_operations(site.rounding);
  layer.functions.insert(layer.functions.end(), tap.functions.begin(), tap.functions.end());
  layer.functions.insert(layer.functions.end(), {rounding_function(site.rounding), kStartSums,
                                                 write_codes(site.rounding)});
  return layer;
}

}  // namespace floatsd::emit::c
