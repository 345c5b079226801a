// A shortcut that drops pixels and adds empty channels.

#include "emit/c/fill.h"
#include "emit/c/operator.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

/// The channels from `first` to `last` - 1 get the code that stands for 0; nothing if there are
/// none.
std::string fill_channels(int64_t first, int64_t last, int32_t zero_point) {
  return first == last ? ""
                       : fill(R"(      for (c = $first; c < $last; ++c) {
        out[c] = $zero;
      }
)",
                              {{"first", to_string(first)},
                               {"last", to_string(last)},
                               {"zero", to_string(zero_point)}});
}

}  // namespace

OperatorC write_operator(const runtime::Downsample& downsample, const Site& site) {
  const ActivationShape& in = site.in[0];
  const int64_t begin = downsample.channels_before;
  const int64_t end = begin + in.channels;
  const int32_t zero_point = site.in_qparams[0].zero_point;
  return {
      .title =
          "one of " + to_string(downsample.stride) + " rows and columns, new channels of zeros",
      .definitions = fill(R"(static void ${id}_downsample(const uint8_t *in, uint8_t *out)
{
  uint32_t line = 0, place;
  uint16_t y, x, c;
  for (y = 0; y < $height; ++y) {
    place = line;
    for (x = 0; x < $width; ++x) {
$before      for (c = 0; c < $channels; ++c) {
        out[$begin + c] = in[place + c];
      }
$after      out += $out_channels;
      place += $pixel_step;
    }
    line += $line_step;
  }
}
)",
                          {{"id", site.id},
                           {"height", to_string(site.out.height)},
                           {"width", to_string(site.out.width)},
                           {"channels", to_string(in.channels)},
                           {"begin", to_string(begin)},
                           {"before", fill_channels(0, begin, zero_point)},
                           {"after", fill_channels(end, site.out.channels, zero_point)},
                           {"out_channels", to_string(site.out.channels)},
                           {"pixel_step", to_string(downsample.stride * in.channels)},
                           {"line_step", to_string(downsample.stride * in.width * in.channels)}}),
      .call = site.id + "_downsample(" + site.inputs[0] + ", " + site.output + ");"};
}

}  // namespace floatsd::emit::c
