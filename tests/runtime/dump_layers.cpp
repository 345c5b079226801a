// dump_layers MODEL IMAGES CODES: the codes of all layers of a model file for raw pixel bytes
// [N, C, H, W], layer behind layer, for tests that compare others with the interpreter.

#include "core/file.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"

int main(int, char** argv) {
  const floatsd::runtime::Interpreter network(floatsd::runtime::load_model(argv[1]));
  const std::string bytes = floatsd::read_file(argv[2]);
  std::string codes;
  const std::vector<uint8_t> pixels(bytes.begin(), bytes.end());
  for (const auto& layer : network.run_layers(pixels, 1)) {
    codes.append(layer.begin(), layer.end());
  }
  floatsd::write_file(argv[3], codes);
}
