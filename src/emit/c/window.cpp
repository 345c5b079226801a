#include "emit/c/window.h"

#include "emit/c/fill.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

const char* const kStruct =
    R"(/* How a kernel or a pool moves over an image. Steps are bytes of the image from one place to the
 * next, so that places are found by additions. Places count from 0 to 2^32 - 1 and wrap around: a
 * place in the padding, which nobody reads, may lie before the first byte. */
struct window {
  int32_t height, width; /* of the image */
  uint16_t channels;
  int32_t first_row, first_column; /* of the first kernel position, in the padding */
  uint32_t first_place;
  uint16_t out_height, out_width, pool; /* a convolution's outputs are pooled of pool x pool sums */
  uint16_t kernel_height, kernel_width;
  int32_t row_dilation, column_dilation; /* from one kernel position to the next */
  uint32_t row_dilation_step, column_dilation_step;
  int32_t row_stride, column_stride; /* from one sum to the next */
  uint32_t row_step, column_step;
  int32_t out_row_stride, out_column_stride; /* from one output to the next */
  uint32_t out_row_step, out_column_step;
};

/* The window, as if it were not known before the program runs: a compiler that knows the steps may
 * multiply to find a place. */
static const struct window *at_run_time(const struct window *window)
{
  const struct window *volatile unknown = window;
  return unknown;
}

)";

const char* const kPositions = R"(  for (i = 0; i < window->kernel_height; ++i) {
    int32_t column = first_column;
    uint32_t place = first_place;
    for (j = 0; j < window->kernel_width; ++j) {
      if (row >= 0 && row < window->height && column >= 0 && column < window->width) {
        $inside
      }
$always      column += window->column_dilation;
      place += window->column_dilation_step;
    }
    row += window->row_dilation;
    first_place += window->row_dilation_step;
  }
)";

/// A number of bytes as the C counts places: modulo 2^32.
std::string place(int64_t bytes) { return to_string(static_cast<uint32_t>(bytes)); }

}  // namespace

std::string window_struct() { return kStruct; }

std::string window_constants(const Window& window, int pool, const Site& site) {
  const int64_t pixel = site.in[0].channels;
  const int64_t line = site.in[0].width * pixel;
  const auto& [size, stride, padding, dilation, ceil_mode] = window;
  return fill(R"(static const struct window ${id}_window = {
  .height = $height, .width = $width, .channels = $channels,
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
               {"channels", to_string(pixel)},
               {"first_row", to_string(-padding.top)},
               {"first_column", to_string(-padding.left)},
               {"first_place", place(-padding.top * line - padding.left * pixel)},
               {"out_height", to_string(site.out.height)},
               {"out_width", to_string(site.out.width)},
               {"pool", to_string(pool)},
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
               {"out_row_stride", to_string(int64_t{stride.height} * pool)},
               {"out_column_stride", to_string(int64_t{stride.width} * pool)},
               {"out_row_step", place(int64_t{stride.height} * pool * line)},
               {"out_column_step", place(int64_t{stride.width} * pool * pixel)}});
}

std::string describe(const Extent& size) {
  return to_string(size.height) + " x " + to_string(size.width);
}

std::string loop_over_positions(const std::string& inside, const std::string& always) {
  return fill(kPositions, {{"inside", inside}, {"always", always}});
}

}  // namespace floatsd::emit::c
