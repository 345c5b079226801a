// import_logits DIR: for import_test.py, imports each NAME.onnx in DIR by the options in NAME.flags
// (lines: input_shape C H W, input_scale S), saves NAME.pt, and writes the logits that the network
// of that file gives for the pixel bytes NAME.pixels, and its architecture: NAME.logits, NAME.json.
// Then exports it (NAME.again.onnx) and imports that: its weights must be equal, its logits are
// NAME.again.logits. What is refused is written to NAME.refused.

#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "core/file.h"
#include "floatsd/core/error.h"
#include "floatsd/interchange/onnx.h"
#include "floatsd/nn/architecture_json.h"
#include "floatsd/nn/graph.h"

namespace {

namespace fs = std::filesystem;
using namespace floatsd;

interchange::OnnxImport options_in(const fs::path& path) {
  interchange::OnnxImport options;
  std::ifstream file(path);
  std::string key;
  while (file >> key) {
    if (key == "input_shape") {
      ActivationShape shape;
      file >> shape.channels >> shape.height >> shape.width;
      options.input_shape = shape;
    } else if (key == "input_scale") {
      double scale = 0;
      file >> scale;
      options.input_scale = scale;
    }
  }
  return options;
}

at::Tensor pixels_in(const fs::path& path, const nn::InputSpec& input) {
  const std::string bytes = read_file(path);
  const int64_t image = input.channels * input.height * input.width;
  at::Tensor pixels =
      at::empty({std::ssize(bytes) / image, input.channels, input.height, input.width}, at::kByte);
  std::copy(bytes.begin(), bytes.end(), pixels.mutable_data_ptr<uint8_t>());
  return pixels;
}

void write_logits(nn::Graph& graph, const fs::path& pixels, const fs::path& path) {
  const at::Tensor logits =
      graph.forward(pixels_in(pixels, graph.input()), nn::Pass::kFloat).detach().contiguous();
  write_file(path, {static_cast<const char*>(logits.const_data_ptr()), logits.nbytes()});
}

void run(const fs::path& model) {
  const auto beside = [&](const char* end) { return fs::path(model).replace_extension(end); };
  const interchange::ImportedNetwork network =
      interchange::import_onnx(model, options_in(beside(".flags")));
  train::save_checkpoint(network.checkpoint, beside(".pt"));
  const train::Checkpoint saved = train::load_checkpoint(beside(".pt"));
  nn::Graph graph = train::restore_graph(saved);
  write_logits(graph, beside(".pixels"), beside(".logits"));
  write_file(beside(".json"), nn::to_json(graph.architecture()));
  interchange::export_onnx(saved, beside(".again.onnx"));
  const interchange::ImportedNetwork again = interchange::import_onnx(beside(".again.onnx"));
  nn::Graph same = train::restore_graph(again.checkpoint);
  write_logits(same, beside(".pixels"), beside(".again.logits"));
  for (const auto& [name, tensor] : same.state()) {
    const auto* before = saved.weights.get_if<serialize::Dict>()->find(name);
    if (before == nullptr || !at::equal(*before->get_if<at::Tensor>(), tensor)) {
      throw Error(name + " differs after export and import");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: import_logits DIR\n";
    return 2;
  }
  std::vector<fs::path> models;
  for (const auto& entry : fs::directory_iterator(argv[1])) {
    if (entry.path().extension() == ".onnx") {
      models.push_back(entry.path());
    }
  }
  for (const fs::path& model : models) {
    try {
      run(model);
    } catch (const Error& error) {
      write_file(fs::path(model).replace_extension(".refused"), error.what());
    }
  }
  return 0;
}
