// NAME.h and NAME.c.

#include <algorithm>
#include <set>

#include "emit/c/fill.h"
#include "emit/c/identifier.h"
#include "emit/c/input.h"
#include "emit/c/network.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

const char* const kHeader =
    R"(/* $name: an integer network, exported by floatsd. C99 without floating point, a heap or a
 * library. */
#ifndef ${upper}_H
#define ${upper}_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ${upper}_HEIGHT $height
#define ${upper}_WIDTH $width
#define ${upper}_CHANNELS $channels
#define ${upper}_IMAGE_BYTES $image_bytes
#define ${upper}_CLASSES $classes

/* Static memory of activations and sums. */
#define ${upper}_ARENA_BYTES $arena_bytes

/* Runs the network on an image of ${upper}_IMAGE_BYTES bytes: row by row, pixel by pixel, the
 * channels of a pixel side by side. Writes an output code for each class to `codes` and returns the
 * class of the largest one, the lowest class of equal ones. Activations are in static memory: one
 * call at a time. */
uint16_t ${name}_classify(const uint8_t *image, uint8_t *codes);

#ifdef __cplusplus
}
#endif

#endif
)";

const char* const kTop =
    R"(/* $name: an integer network, exported by floatsd. Its parts: functions that layers share, the
 * constants of each layer, and at the end ${name}_classify, which runs the layers.
 *
 * An activation is a code from 0 to 255, which stands for scale * (code - zero point); a tensor
 * lies row by row, pixel by pixel, the channels of a pixel side by side. Shapes in comments are
 * [channels, height, width]. Weights are integers of few bits, packed from the lowest bit on.
 *
 * With -D${upper}_TRACE the codes of each layer are shown to trace_layer, which a test defines.
 */
#include "$name.h"

#ifdef ${upper}_TRACE
void trace_layer(const uint8_t *codes, uint32_t size);
#define TRACE(codes, size) trace_layer(codes, size)
#else
#define TRACE(codes, size)
#endif

)";

const char* const kClassify = R"(static int32_t arena[${upper}_ARENA_BYTES / 4];

uint16_t ${name}_classify(const uint8_t *image, uint8_t *codes)
{
$bytes  uint16_t c, largest = 0;
$calls
  for (c = 1; c < ${upper}_CLASSES; ++c) {
    if (codes[c] > codes[largest]) {
      largest = c;
    }
  }
  return largest;
}
)";

/// Each shared function once, where it is first needed.
std::string shared_functions(const Network& network) {
  std::string text;
  std::set<std::string> written;
  for (const Layer& layer : network.layers) {
    for (const std::string& function : layer.c.functions) {
      text += written.insert(function).second ? function : "";
    }
  }
  return text;
}

std::string calls(const Network& network) {
  std::string text;
  if (network.arena.input) {
    text += "\n  read_image(image, bytes + " + to_string(*network.arena.input) + ");\n";
  }
  for (const Layer& layer : network.layers) {
    text += "\n  /* " + layer.comment.substr(0, layer.comment.find('\n')) + " */\n" +
            (layer.c.call.empty() ? "" : "  " + layer.c.call + "\n") + "  TRACE(" + layer.output +
            ", " + to_string(layer.size) + ");\n";
  }
  return text;
}

}  // namespace

std::string header_text(const Network& network) {
  const ActivationShape& input = network.program.input_shape;
  return fill(kHeader, {{"name", network.name},
                        {"upper", upper(network.name)},
                        {"height", to_string(input.height)},
                        {"width", to_string(input.width)},
                        {"channels", to_string(input.channels)},
                        {"image_bytes", to_string(input.size())},
                        {"classes", to_string(network.layers.back().size)},
                        {"arena_bytes", to_string(network.arena.bytes)}});
}

std::string source_text(const Network& network) {
  std::string text = fill(kTop, {{"name", network.name}, {"upper", upper(network.name)}}) +
                     shared_functions(network);
  if (network.arena.input) {
    text += read_image_function(network.program);
  }
  for (const Layer& layer : network.layers) {
    text += "/* " + layer.comment + " */\n" + layer.c.definitions + "\n";
  }
  const std::string classify_calls = calls(network);
  const Arena& arena = network.arena;
  const bool uses_bytes =
      arena.input || std::any_of(arena.outputs.begin(), arena.outputs.end(),
                                 [](const auto& output) { return output.has_value(); });
  return text + fill(kClassify,
                     {{"name", network.name},
                      {"upper", upper(network.name)},
                      {"bytes", uses_bytes ? "  uint8_t *const bytes = (uint8_t *)arena;\n" : ""},
                      {"calls", classify_calls}});
}

}  // namespace floatsd::emit::c
