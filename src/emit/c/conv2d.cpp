// A convolution with its max pooling.

#include <numeric>

#include "emit/c/fill.h"
#include "emit/c/layer.h"
#include "emit/c/operator.h"
#include "emit/c/window.h"
#include "floatsd/core/pool_counts.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

/// The sums of one place of the kernel.
std::string add_window() {
  return fill(R"(/* The sums of one place of the kernel. Positions in the padding add nothing. */
static void add_window(const struct layer *layer, const struct window *window, const uint8_t *in,
                       int32_t row, int32_t first_column, uint32_t first_place, int32_t *sums)
{
  const uint8_t *weights = layer->weights;
  uint16_t i, j;
  start_sums(layer, sums);
$loop}

)",
              {{"loop", loop_over_positions("layer->add_tap(layer, in + place, weights, sums);",
                                            "      weights += layer->tap_bytes;\n")}});
}

const char* const kFunctions[] = {
    R"(/* The largest sums of pool x pool neighbours: in sums, with room for others behind them. Pooling
 * sums gives the same codes as pooling codes, as rounding keeps their order. */
static void add_windows(const struct layer *layer, const struct window *window, const uint8_t *in,
                        int32_t row, int32_t first_column, uint32_t first_place, int32_t *sums)
{
  int32_t *const others = sums + layer->channels;
  uint16_t i, j, c;
  for (i = 0; i < window->pool; ++i) {
    int32_t column = first_column;
    uint32_t place = first_place;
    for (j = 0; j < window->pool; ++j) {
      const uint8_t is_first = i == 0 && j == 0;
      add_window(layer, window, in, row, column, place, is_first ? sums : others);
      for (c = 0; !is_first && c < layer->channels; ++c) {
        sums[c] = others[c] > sums[c] ? others[c] : sums[c];
      }
      column += window->column_stride;
      place += window->column_step;
    }
    row += window->row_stride;
    first_place += window->row_step;
  }
}

)",
    R"(static void convolve(const struct layer *layer, const struct window *known, const uint8_t *in,
                     uint8_t *out, int32_t *sums)
{
  const struct window *const window = at_run_time(known);
  int32_t row = window->first_row;
  uint32_t first_place = window->first_place;
  uint16_t y, x;
  for (y = 0; y < window->out_height; ++y) {
    int32_t column = window->first_column;
    uint32_t place = first_place;
    for (x = 0; x < window->out_width; ++x) {
      add_windows(layer, known, in, row, column, place, sums);
      write_codes(layer, sums, out);
      out += layer->channels;
      column += window->out_column_stride;
      place += window->out_column_step;
    }
    row += window->out_row_stride;
    first_place += window->out_row_step;
  }
}

)"};

std::string title(const runtime::Conv2d& conv) {
  std::string text = "convolution " + describe(conv.window().size);
  if (conv.groups > 1) {
    text += ", " + to_string(conv.groups) + " groups";
  }
  text += ", " + describe(conv.weights) + activation(conv.requantize);
  return conv.pool == 1
             ? text
             : text + ", max pooling " + to_string(conv.pool) + " x " + to_string(conv.pool);
}

/// The kernel positions of all sums that lie in the image.
int64_t taps_inside(const runtime::Conv2d& conv, const Site& site) {
  const PoolCounts counts = count_pooled(conv.window(), site.in[0], PaddingCounts::kNo);
  const auto first = [&](const std::vector<int64_t>& held, int64_t outputs) {
    return std::accumulate(held.begin(), held.begin() + outputs * conv.pool, int64_t{0});
  };
  return first(counts.rows, site.out.height) * first(counts.columns, site.out.width);
}

}  // namespace

OperatorC write_operator(const runtime::Conv2d& conv, const Site& site) {
  OperatorC layer =
      write_layer(conv.weights, conv.requantize, weight_rows(conv), taps_inside(conv, site), site);
  layer.functions.insert(layer.functions.end(), {window_struct(), add_window()});
  layer.functions.insert(layer.functions.end(), std::begin(kFunctions), std::end(kFunctions));
  layer.title = title(conv);
  layer.definitions += window_constants(conv.window(), conv.pool, site);
  layer.call = "convolve(&" + site.id + "_layer, &" + site.id + "_window, " + site.inputs[0] +
               ", " + site.output + ", " + site.sums + ");";
  return layer;
}

}  // namespace floatsd::emit::c
