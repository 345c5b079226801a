// A convolution with its max pooling.

#include "fill.h"
#include "layer.h"
#include "operator.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

const char* const kStruct =
    R"(/* How a kernel moves over an image. Steps are bytes of the image from one place to the next, so
 * that places are found by additions. Places count from 0 to 2^32 - 1 and wrap around: a place in
 * the padding, which nobody reads, may lie before the first byte. */
struct window {
  int32_t height, width; /* of the image */
  int32_t first_row, first_column; /* of the first kernel position, in the padding */
  uint32_t first_place;
  uint16_t out_height, out_width, pool; /* outputs behind the pooling of pool x pool sums */
  uint16_t kernel_height, kernel_width;
  int32_t row_dilation, column_dilation; /* from one kernel position to the next */
  uint32_t row_dilation_step, column_dilation_step;
  int32_t row_stride, column_stride; /* from one sum to the next */
  uint32_t row_step, column_step;
  int32_t out_row_stride, out_column_stride; /* from one output to the next */
  uint32_t out_row_step, out_column_step;
};

)";

const char* const kFunctions[] = {
    R"(/* The sums of one place of the kernel. Positions in the padding add nothing. */
static void add_window(const struct layer *layer, const struct window *window, const uint8_t *in,
                       int32_t row, int32_t first_column, uint32_t first_place, int32_t *sums)
{
  const uint8_t *weights = layer->weights;
  uint16_t i, j;
  start_sums(layer, sums);
  for (i = 0; i < window->kernel_height; ++i) {
    int32_t column = first_column;
    uint32_t place = first_place;
    for (j = 0; j < window->kernel_width; ++j) {
      if (row >= 0 && row < window->height && column >= 0 && column < window->width) {
        layer->add_tap(layer, in + place, weights, sums);
      }
      weights += layer->tap_bytes;
      column += window->column_dilation;
      place += window->column_dilation_step;
    }
    row += window->row_dilation;
    first_place += window->row_dilation_step;
  }
}

)",
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
    R"(static void convolve(const struct layer *layer, const struct window *window, const uint8_t *in,
                     uint8_t *out, int32_t *sums)
{
  int32_t row = window->first_row;
  uint32_t first_place = window->first_place;
  uint16_t y, x;
  for (y = 0; y < window->out_height; ++y) {
    int32_t column = window->first_column;
    uint32_t place = first_place;
    for (x = 0; x < window->out_width; ++x) {
      add_windows(layer, window, in, row, column, place, sums);
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

/// A number of bytes as the C counts places: modulo 2^32.
std::string place(int64_t bytes) { return to_string(static_cast<uint32_t>(bytes)); }

std::string window_constants(const runtime::Conv2d& conv, const Site& site) {
  const Window window = conv.window();
  const int64_t pixel = site.in[0].channels;
  const int64_t line = site.in[0].width * pixel;
  const auto& [size, stride, padding, dilation, ceil_mode] = window;
  return fill(R"(static const struct window ${id}_window = {
  .height = $height, .width = $width,
  .first_row = $first_row, .first_column = $first_column, .first_place = $first_place,
  .out_height = $out_height, .out_width = $out_width, .pool = $pool,
  .kernel_height = $kernel_height, .kernel_width = $kernel_width,
  .row_dilation = $row_dilation, .column_dilation = $column_dilation,
  .row_dilation_step = $tap_row_step, .column_dilation_step = $tap_column_step,
  .row_stride = $row_stride, .column_stride = $column_stride,
  .row_step = $row_step, .column_step = $column_step,
  .out_row_stride = $out_row_stride, .out_column_stride = $out_column_stride,
  .out_row_step = $out_row_step, .out_column_step = $out_column_step
};
)",
              {{"id", site.id},
               {"height", to_string(site.in[0].height)},
               {"width", to_string(site.in[0].width)},
               {"first_row", to_string(-padding.top)},
               {"first_column", to_string(-padding.left)},
               {"first_place", place(-padding.top * line - padding.left * pixel)},
               {"out_height", to_string(site.out.height)},
               {"out_width", to_string(site.out.width)},
               {"pool", to_string(conv.pool)},
               {"kernel_height", to_string(size.height)},
               {"kernel_width", to_string(size.width)},
               {"row_dilation", to_string(dilation.height)},
               {"column_dilation", to_string(dilation.width)},
               {"tap_row_step", place(dilation.height * line)},
               {"tap_column_step", place(dilation.width * pixel)},
               {"row_stride", to_string(stride.height)},
               {"column_stride", to_string(stride.width)},
               {"row_step", place(stride.height * line)},
               {"column_step", place(stride.width * pixel)},
               {"out_row_stride", to_string(int64_t{stride.height} * conv.pool)},
               {"out_column_stride", to_string(int64_t{stride.width} * conv.pool)},
               {"out_row_step", place(int64_t{stride.height} * conv.pool * line)},
               {"out_column_step", place(int64_t{stride.width} * conv.pool * pixel)}});
}

std::string title(const runtime::Conv2d& conv) {
  const Extent size = conv.window().size;
  std::string text = "convolution " + to_string(size.height) + " x " + to_string(size.width);
  if (conv.groups > 1) {
    text += ", " + to_string(conv.groups) + " groups";
  }
  text += ", " + describe(conv.weights) + activation(conv.requantize);
  return conv.pool == 1
             ? text
             : text + ", max pooling " + to_string(conv.pool) + " x " + to_string(conv.pool);
}

}  // namespace

OperatorC write_operator(const runtime::Conv2d& conv, const Site& site) {
  OperatorC layer = write_layer(conv.weights, conv.requantize, weight_rows(conv), site);
  layer.functions.emplace_back(kStruct);
  layer.functions.insert(layer.functions.end(), std::begin(kFunctions), std::end(kFunctions));
  layer.title = title(conv);
  layer.definitions += window_constants(conv, site);
  layer.call = "convolve(&" + site.id + "_layer, &" + site.id + "_window, " + site.inputs[0] +
               ", " + site.output + ", " + site.sums + ");";
  return layer;
}

}  // namespace floatsd::emit::c
