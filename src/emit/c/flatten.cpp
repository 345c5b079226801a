// An image as a row of features.

#include "emit/c/operator.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

const char* const kFunction =
    R"(/* Pixels of so many channels, to the pixels of the first channel, then of the next, and so on. */
static void flatten(const uint8_t *in, uint8_t *out, uint16_t channels, uint32_t pixels)
{
  uint32_t pixel, place;
  uint16_t c;
  for (pixel = 0; pixel < pixels; ++pixel) {
    place = pixel;
    for (c = 0; c < channels; ++c) {
      out[place] = *in++;
      place += pixels;
    }
  }
}

)";

}  // namespace

OperatorC write_operator(const runtime::Flatten& flatten, const Site& site) {
  const bool channels_first = flatten.order == AxesOrder::kChannelsFirst;
  OperatorC c{.title = std::string("features by ") +
                       (channels_first ? "channel, row, column" : "row, column, channel")};
  if (site.inputs[0] != site.output) {
    const int64_t channels = channels_first ? site.in[0].channels : 1;
    c.functions = {kFunction};
    c.call = "flatten(" + site.inputs[0] + ", " + site.output + ", " + to_string(channels) + ", " +
             to_string(site.out.size() / channels) + ");";
  }
  return c;
}

}  // namespace floatsd::emit::c
