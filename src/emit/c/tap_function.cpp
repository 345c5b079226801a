#include "emit/c/tap_function.h"

#include "emit/c/code_loop.h"
#include "emit/c/fill.h"
#include "emit/c/identifier.h"
#include "emit/c/product_table.h"
#include "emit/c/single_product.h"

namespace floatsd::emit::c {
namespace {

/// From so many outputs on a table of products is made.
constexpr int64_t kOutputsOfTable = 4;

/// sums[o] += x * level of codes[o], each product by itself.
std::string short_row(const Codebook& codebook, const std::string& format) {
  return fill(
      R"(/* Adds x times each of a short row's weights ($name) to their sums. */
static void add_short_row_$format(int32_t *sums, const uint8_t *codes, uint16_t count, int32_t x)
{
$loop}

)",
      {{"name", in_comment(codebook.name)},
       {"format", format},
       {"loop", loop_over_codes(codebook.bits, "*sums++ += product_" + format + "($code, x);")}});
}

/// `length` is "" or "short_".
std::string tap_of_rows(const std::string& length, const std::string& format) {
  return fill(
      R"(/* One kernel position: each input value times its row of weights. What stands for 0 is passed
 * over. */
static void add_${length}tap_$format(const struct layer *layer, const uint8_t *in,
    const uint8_t *weights, int32_t *sums)
{
  uint16_t group, i;
  for (group = 0; group < layer->groups; ++group) {
    for (i = 0; i < layer->inputs; ++i) {
      const int32_t x = (int32_t)*in++ - layer->input_zero;
      if (x != 0) {
        add_${length}row_$format(sums, weights, layer->outputs, x);
      }
      weights += layer->row_bytes;
    }
    sums += layer->outputs;
  }
}

)",
      {{"length", length}, {"format", format}});
}

std::string tap_of_channels(const Codebook& codebook, const std::string& format) {
  const std::string body =
      "*sums++ += product_" + format + "($code, (int32_t)*in++ - layer->input_zero);";
  return fill(R"(/* One kernel position of a depthwise layer: each channel has its own weight. */
static void add_depthwise_tap_$format(const struct layer *layer, const uint8_t *in,
    const uint8_t *codes, int32_t *sums)
{
  uint16_t count = layer->channels;
$loop}

)",
              {{"format", format}, {"loop", loop_over_codes(codebook.bits, body)}});
}

/// One subtraction of the zero point, then what a value takes, and what each of its weights.
COperations operations_of_rows(const WeightRows& rows, const COperations& of_value,
                               const COperations& of_weight) {
  COperations row{.additions = 1};
  row += of_value;
  row += rows.outputs * of_weight;
  return rows.groups * rows.inputs * row;
}

}  // namespace

TapFunction tap_function(const Codebook& codebook, const std::string& format,
                         const WeightRows& rows) {
  if (rows.outputs >= kOutputsOfTable) {
    return {"add_tap_" + format,
            {row_by_table(codebook, format), tap_of_rows("", format)},
            operations_of_rows(rows, table_operations(codebook), lookup_operations(codebook))};
  }
  const std::string product = single_product(codebook, format);
  COperations of_weight{.additions = 1};
  of_weight += product_operations(codebook);
  const COperations operations = operations_of_rows(rows, {}, of_weight);
  const std::map<std::string, int64_t> tables = {{format, product_table_bytes(codebook)}};
  if (rows.is_depthwise()) {
    return {"add_depthwise_tap_" + format,
            {product, tap_of_channels(codebook, format)},
            operations,
            tables};
  }
  return {"add_short_tap_" + format,
          {product, short_row(codebook, format), tap_of_rows("short_", format)},
          operations,
          tables};
}

}  // namespace floatsd::emit::c
