#include "emit/c/pool.h"

#include "emit/c/fill.h"
#include "emit/c/window.h"

namespace floatsd::emit::c {

OperatorC write_pool(const Window& window, const std::string& statements, const Site& site) {
  return {.functions = {window_struct()},
          .definitions = window_constants(window, 1, site) +
                         fill(R"(
static void ${id}_pool(const uint8_t *in, uint8_t *out)
{
  const struct window *const window = at_run_time(&${id}_window);
  int32_t row = window->first_row;
  uint32_t first_place = window->first_place;
  uint16_t y, x, c;
  for (y = 0; y < window->out_height; ++y) {
    int32_t column = window->first_column;
    uint32_t place = first_place;
    for (x = 0; x < window->out_width; ++x) {
      for (c = 0; c < window->channels; ++c) {
        $statements
      }
      column += window->column_stride;
      place += window->column_step;
    }
    row += window->row_stride;
    first_place += window->row_step;
  }
}
)",
                              {{"id", site.id}, {"statements", statements}}),
          .call = site.id + "_pool(" + site.inputs[0] + ", " + site.output + ");"};
}

}  // namespace floatsd::emit::c
