// The largest code of each window.

#include "emit/c/fill.h"
#include "emit/c/operator.h"
#include "emit/c/pool.h"
#include "emit/c/window.h"

namespace floatsd::emit::c {
namespace {

std::string largest_code() {
  return fill(
      R"(/* The largest code of a channel in one window; padding does not count. */
static uint8_t largest_code(const struct window *window, const uint8_t *in, int32_t row,
                            int32_t first_column, uint32_t first_place)
{
  uint8_t largest = 0;
  uint16_t i, j;
$loop  return largest;
}

)",
      {{"loop", loop_over_positions("largest = in[place] > largest ? in[place] : largest;", "")}});
}

}  // namespace

OperatorC write_operator(const runtime::MaxPool& pool, const Site& site) {
  OperatorC c =
      write_pool(pool.window, "*out++ = largest_code(window, in + c, row, column, place);", site);
  c.functions.push_back(largest_code());
  c.title = "max pooling " + describe(pool.window.size);
  return c;
}

}  // namespace floatsd::emit::c
