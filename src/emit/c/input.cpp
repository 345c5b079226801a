#include "emit/c/input.h"

#include <span>

#include "emit/c/array.h"
#include "emit/c/fill.h"

namespace floatsd::emit::c {

std::string read_image_function(const runtime::Program& program) {
  using std::to_string;
  return array<uint8_t>("uint8_t", "input_table", program.input_table) +
         fill(R"(
/* The input codes: each channel has a table of 256. */
static void read_image(const uint8_t *image, uint8_t *out)
{
  uint32_t i, table = 0;
  for (i = 0; i < $size; ++i) {
    out[i] = input_table[table + image[i]];
    table = table == $last_table ? 0 : table + 256;
  }
}

)",
              {{"size", to_string(program.input_shape.size())},
               {"last_table", to_string((program.input_shape.channels - 1) * 256)}});
}

}  // namespace floatsd::emit::c
