// NAME_test.c.

#include "emit/c/array.h"
#include "emit/c/fill.h"
#include "emit/c/identifier.h"
#include "emit/c/network.h"

namespace floatsd::emit::c {
namespace {

const char* const kTest =
    R"(/* Compares $name.c with the interpreter of floatsd: exit code 0 if every output code of every image
 * below is equal.
 *
 * Built with -D${upper}_TRACE, both files: reads images from stdin, ${upper}_IMAGE_BYTES each, and
 * writes the codes of every layer to stdout.
 */
#include <stdio.h>

#include "$name.h"

#ifdef ${upper}_TRACE

void trace_layer(const uint8_t *codes, uint32_t size);

void trace_layer(const uint8_t *codes, uint32_t size)
{
  fwrite(codes, 1, size, stdout);
}

int main(void)
{
  static uint8_t image[${upper}_IMAGE_BYTES], codes[${upper}_CLASSES];
  while (fread(image, 1, sizeof image, stdin) == sizeof image) {
    ${name}_classify(image, codes);
  }
  return fflush(stdout) == 0 ? 0 : 1;
}

#else

#define IMAGES $count

$images
$codes
int main(void)
{
  static uint8_t codes[${upper}_CLASSES];
  uint32_t image, i, differ = 0;
  for (image = 0; image < IMAGES; ++image) {
    ${name}_classify(images + image * ${upper}_IMAGE_BYTES, codes);
    for (i = 0; i < ${upper}_CLASSES; ++i) {
      differ += codes[i] != expected[image * ${upper}_CLASSES + i];
    }
  }
  printf("$name: %lu codes of %lu images differ\n", (unsigned long)differ, (unsigned long)IMAGES);
  return differ == 0 ? 0 : 1;
}

#endif
)";

}  // namespace

std::string test_text(const Network& network, const std::vector<uint8_t>& images,
                      const std::vector<uint8_t>& codes) {
  const auto count = images.size() / static_cast<size_t>(network.program.input_shape.size());
  return fill(kTest, {{"name", network.name},
                      {"upper", upper(network.name)},
                      {"count", std::to_string(count)},
                      {"images", array<uint8_t>("uint8_t", "images", images)},
                      {"codes", array<uint8_t>("uint8_t", "expected", codes)}});
}

}  // namespace floatsd::emit::c
