// write_onnx_cases DIR: for onnx_test.py, small networks as model files and as ONNX in every style
// that has their formats, with images for each and the codes that the interpreter's layers make of
// them: NAME.safetensors, NAME.integer.onnx, NAME.qdq.onnx, NAME.qonnx.onnx, NAME.images and
// NAME.codes. Prints what is refused.

#include <filesystem>
#include <iostream>

#include "core/file.h"
#include "floatsd/core/error.h"
#include "floatsd/emit/onnx.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/runtime/model_file.h"
#include "runtime/sample_program.h"

namespace {

using namespace sample;

constexpr int64_t kImages = 5;

/// Every number of a window differs from side to side; the first layer is one that pools.
Program windows(uint32_t seed) {
  std::mt19937 random(seed);
  Program program{.network = "windows",
                  .input_shape = {4, 17, 12},
                  .input = {.scale = 1.0F / 255, .zero_point = 0}};
  append(program, "odd", {kNetworkInput},
         conv(random, "int8",
              {.in = 4,
               .out = 6,
               .kernel = {3, 2},
               .stride = {1, 2},
               .padding = {2, 0, 1, 3},
               .dilation = {2, 3},
               .groups = 2,
               .pool = 3},
              program.input.scale));
  append(program, "features", {0},
         linear(random, "floatsd4", output_shapes(program).back().size(), 7,
                output_scale(program, 0)));
  append(program, "from_features", {1},
         conv(random, "int4", {.in = 7, .out = 5}, output_scale(program, 1)));
  append(program, "twice", {2, 2}, add(program, 2, 2));
  return program;
}

/// Sums of features, and of features and an image of one pixel.
Program features(uint32_t seed) {
  std::mt19937 random(seed);
  Program program{.network = "features",
                  .input_shape = {1, 3, 3},
                  .input = {.scale = 0.01F, .zero_point = 255},
                  .input_table = codes(random, 256)};
  append(program, "a", {kNetworkInput}, linear(random, "int8", 9, 6, program.input.scale));
  append(program, "b", {kNetworkInput},
         conv(random, "int8", {.in = 1, .out = 6, .kernel = 3}, program.input.scale));
  append(program, "a+a", {0, 0}, add(program, 0, 0));
  append(program, "a+b", {2, 1}, add(program, 2, 1));
  append(program, "out", {3}, linear(random, "int8", 6, 4, output_scale(program, 3)));
  return program;
}

/// A maximum whose padding reaches its kernel, and an end that is the mean of images.
Program mean_at_the_end(uint32_t seed) {
  std::mt19937 random(seed);
  Program program{
      .network = "mean", .input_shape = {2, 7, 8}, .input = {.scale = 0.02F, .zero_point = 30}};
  append(program, "conv", {kNetworkInput},
         conv(random, "int8", {.in = 2, .out = 5, .kernel = 3}, program.input.scale));
  append(program, "max", {0},
         MaxPool{{.size = 2, .stride = 1, .padding = {2, 1, 1, 2}, .dilation = 3}});
  append(program, "mean", {1}, average_pool(program, 1));
  return program;
}

/// The largest level in all weights, and output codes over which the sums spread: from 0 on, or for
/// negative levels up to 255.
void saturate(Weights& w, Requantize& requantize, float input_scale, int sign) {
  const int largest = find_codebook(w.format).max_level();
  std::fill(w.levels.begin(), w.levels.end(), static_cast<int16_t>(sign * largest));
  const auto products = static_cast<float>(count(w.shape) / w.shape[0]);
  const float scale = *std::max_element(w.scales.begin(), w.scales.end());
  const QParams output{.scale = input_scale * scale * products * static_cast<float>(largest),
                       .zero_point = sign > 0 ? 0 : 255};
  const std::vector<float> bias(static_cast<size_t>(w.shape[0]), 0.0F);
  requantize = choose_requantize(bias, input_scale, w.scales, output);
}

/// Weights of a format that are all of one size.
Program largest_levels(const std::string& format) {
  std::mt19937 random(3);
  Program program{
      .network = format, .input_shape = {8, 4, 4}, .input = {.scale = 1.0F / 255, .zero_point = 0}};
  append(program, "fc", {kNetworkInput}, linear(random, format, 128, 9, program.input.scale));
  append(program, "conv", {kNetworkInput},
         conv(random, format, {.in = 8, .out = 9, .kernel = 3, .padding = 1}, program.input.scale));
  auto& fc = std::get<Linear>(program.ops[0].body);
  auto& conv = std::get<Conv2d>(program.ops[1].body);
  saturate(fc.weights, fc.requantize, program.input.scale, -1);
  saturate(conv.weights, conv.requantize, program.input.scale, 1);
  return program;
}

void write_case(const std::filesystem::path& folder, const std::string& name,
                const Program& program) {
  std::mt19937 random(7);
  std::vector<uint8_t> images = codes(random, kImages * program.input_shape.size());
  std::fill_n(images.begin(), program.input_shape.size(), uint8_t{255});  // the first one is white
  std::string layers;
  for (const auto& layer : Interpreter(program).run_layers(images, 1)) {
    layers.append(layer.begin(), layer.end());
  }
  save_model(program, folder / (name + ".safetensors"));
  for (const auto style :
       {emit::OnnxStyle::kInteger, emit::OnnxStyle::kQdq, emit::OnnxStyle::kQonnx}) {
    const std::string ending = emit::kOnnxStyles[static_cast<size_t>(style)];
    try {
      emit::write_onnx(program, style, folder / (name + "." + ending + ".onnx"));
    } catch (const Error& error) {
      std::cout << name << ": " << error.what() << '\n';
    }
  }
  write_file(folder / (name + ".images"), {reinterpret_cast<char*>(images.data()), images.size()});
  write_file(folder / (name + ".codes"), layers);
}

}  // namespace

int main(int, char** argv) {
  const std::filesystem::path folder = argv[1];
  write_case(folder, "lenet_like", lenet_like(1));
  write_case(folder, "residual", residual(2));
  write_case(folder, "windows", windows(3));
  write_case(folder, "features", features(4));
  write_case(folder, "branches", branches(5));
  write_case(folder, "mean_at_the_end", mean_at_the_end(6));
  for (const Codebook& codebook : codebooks()) {
    write_case(folder, codebook.name, largest_levels(codebook.name));
  }
}
