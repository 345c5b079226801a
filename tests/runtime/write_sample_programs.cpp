// write_sample_programs FOLDER: small networks of every operator as NAME.safetensors, images for
// them as NAME.images, and the interpreter's codes of all layers, layer behind layer, as
// NAME.codes.

#include <filesystem>
#include <random>
#include <string>

#include "core/file.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"
#include "sample_program.h"

namespace {

void write(const std::filesystem::path& path, const floatsd::runtime::Program& program) {
  std::mt19937 random(1);
  const auto images = sample::codes(random, 50 * program.input_shape.size());
  std::string codes;
  for (const auto& layer : floatsd::runtime::Interpreter(program).run_layers(images, 1)) {
    codes.append(layer.begin(), layer.end());
  }
  floatsd::runtime::save_model(program, path.string() + ".safetensors");
  floatsd::write_file(path.string() + ".images", std::string(images.begin(), images.end()));
  floatsd::write_file(path.string() + ".codes", codes);
}

}  // namespace

int main(int, char** argv) {
  const std::filesystem::path folder = argv[1];
  floatsd::runtime::Program tiny = sample::tiny(1);
  tiny.class_names = {"cat", "dog"};
  tiny.normalization = {.mean = {0.5F}, .deviation = {0.25F}};
  write(folder / "tiny", tiny);
  write(folder / "lenet_like", sample::lenet_like(1));
  write(folder / "residual", sample::residual(1));
  write(folder / "branches", sample::branches(1));
}
