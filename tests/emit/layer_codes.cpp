// layer_codes MODEL IMAGES: every layer's codes of every image as the traced C writes them, from
// the interpreter, to stdout; IMAGES are pixel bytes as the C reads them. For c_source_test.py.

#include <iostream>

#include "compiled_c.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"

using namespace floatsd;

namespace {

/// So many images at a time.
constexpr size_t kImages = 100;

/// [N, H, W, C] -> [N, C, H, W]: the same exchange of axes the other way.
std::vector<uint8_t> channels_first(const ActivationShape& shape, std::span<const uint8_t> hwc) {
  return compiled_c::channels_last({shape.height * shape.width, 1, shape.channels}, hwc);
}

}  // namespace

int main(int, char** argv) {
  const runtime::Interpreter integer(runtime::load_model(argv[1]));
  const runtime::Program& program = integer.program();
  const std::vector<uint8_t> images =
      channels_first(program.input_shape, compiled_c::read_bytes(argv[2]));
  const size_t step = kImages * program.input_shape.size();
  for (size_t first = 0; first < images.size(); first += step) {
    const auto some = std::span(images).subspan(first, std::min(step, images.size() - first));
    const std::vector<uint8_t> codes = compiled_c::expected(program, integer.run_layers(some, 1));
    std::cout.write(reinterpret_cast<const char*>(codes.data()), codes.size());
  }
}
