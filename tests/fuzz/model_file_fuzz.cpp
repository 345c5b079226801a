// A model file: parsed, validated, and one image run through it.

#include <numeric>
#include <vector>

#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"
#include "reads.h"

using namespace floatsd;

namespace {

/// A file of a few bytes may describe hours of work, which is no finding.
bool is_small(const runtime::Program& program) {
  constexpr int64_t kMostValues = 1 << 14;
  int64_t values = program.input_shape.size();
  for (const ActivationShape& shape : runtime::output_shapes(program)) {
    values += shape.size();
  }
  return values <= kMostValues;
}

}  // namespace

bool fuzz::reads(std::string_view bytes) {
  return accepts([&] {
    const runtime::Program program = runtime::parse_model(bytes, "model");
    if (is_small(program)) {
      std::vector<uint8_t> image(static_cast<size_t>(program.input_shape.size()));
      std::iota(image.begin(), image.end(), uint8_t{});
      const runtime::Interpreter interpreter(program);
      const auto layers = interpreter.run_layers(image, 1);
      hold(interpreter.run(image, 1) == layers.back(), "the last layer's codes are the network's");
    }
  });
}
