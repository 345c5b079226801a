#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include <string>
#include <utility>

#include "core/refuse.h"
#include "core/utf8.h"
#include "floatsd/core/error.h"
#include "floatsd/interchange/onnx.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "interchange/onnx/graph_input.h"
#include "interchange/onnx/metadata.h"
#include "interchange/onnx/model.h"
#include "interchange/onnx/network.h"
#include "interchange/onnx/translate.h"
#include "nn/block.h"
#include "serialize/wanted_file.h"

namespace floatsd::interchange {
namespace {

constexpr int64_t kFirstOpset = 7;
constexpr int64_t kLastOpset = 22;

void check_opset(int64_t opset) {
  require(opset >= kFirstOpset && opset <= kLastOpset,
          "opset " + std::to_string(opset) + ", expected " + std::to_string(kFirstOpset) + " to " +
              std::to_string(kLastOpset) +
              " (onnx.version_converter.convert_version makes another one of it)");
}

/// Copies rows x columns values into their transpose.
void copy_transposed(const onnx::Tensor& from, float* to) {
  const std::vector<float> values = onnx::floats(from);
  const int64_t rows = from.shape[0];
  const int64_t columns = from.shape[1];
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < columns; ++j) {
      to[j * rows + i] = values[i * columns + j];
    }
  }
}

void assign(const std::string& where, const onnx::Parameter& from, const at::Tensor& into) {
  require(into.numel() == from.tensor.count(), where + ": " + std::to_string(from.tensor.count()) +
                                                   " values, expected " +
                                                   std::to_string(into.numel()));
  const at::Tensor values = at::empty(into.sizes(), at::kFloat);
  if (from.is_transposed) {
    copy_transposed(from.tensor, values.mutable_data_ptr<float>());
  } else {
    onnx::copy_floats(from.tensor, values.mutable_data_ptr<float>());
  }
  require(at::isfinite(values).all().item<bool>(), where + ": a value that is not finite");
  into.copy_(values);  // whose memory may have another order
}

nn::Graph graph_of(const nn::Architecture& architecture, const onnx::Network& network) {
  nn::Graph graph(architecture);
  for (size_t i = 0; i < graph.nodes().size(); ++i) {
    const onnx::Network::Node& node = network.nodes()[i];
    const at::NoGradGuard no_grad;
    const auto fill = [&](const auto& tensors) {
      for (const auto& entry : tensors) {
        const auto parameter = node.parameters.find(entry.first);
        require(parameter != node.parameters.end(), node.name + " has no " + entry.first);
        assign(node.name + "." + entry.first, parameter->second, entry.second);
      }
    };
    fill(graph.nodes()[i].block->named_parameters());
    fill(graph.nodes()[i].block->named_buffers());
  }
  return graph;
}

std::string name_of(const onnx::Model& model, const std::filesystem::path& path) {
  const std::string stem = path.stem().string();
  const bool is_ours = model.producer == "floatsd" && !model.graph_name.empty();
  return is_ours ? model.graph_name : is_utf8(stem) ? stem : "network";
}

ImportedNetwork imported(std::string_view bytes, const std::filesystem::path& path,
                         const OnnxImport& options) {
  const onnx::Model model = onnx::parse_model(bytes, path.parent_path());
  check_opset(model.opset);
  const onnx::ImageInput input = onnx::image_input(model, options);
  onnx::Network network(name_of(model, path), input.spec);
  std::vector<std::string> remarks = onnx::translate(model, input.input, network);
  if (const double divisor = network.bring_input_down(); divisor != 1) {
    remarks.push_back("the input was divided by " + std::to_string(static_cast<int64_t>(divisor)) +
                      " and the weights that read it multiplied: the same outputs, and gradients "
                      "of the usual size");
  }
  nn::Architecture architecture = network.architecture();
  const std::vector<std::string> names = onnx::read_metadata(model.metadata).class_names;
  if (std::ssize(names) == architecture.classes()) {
    architecture.class_names = names;
  }
  const train::NetworkSpec spec{.architecture = architecture};
  nn::Graph graph = graph_of(architecture, network);
  passes::fuse(graph);
  return {.checkpoint = train::make_checkpoint(spec, graph, quant::Pass::kTrainFloat),
          .remarks = std::move(remarks)};
}

}  // namespace

ImportedNetwork import_onnx(std::string_view bytes, const std::filesystem::path& path,
                            const OnnxImport& options) {
  return named(path.string(), [&] { return imported(bytes, path, options); });
}

ImportedNetwork import_onnx(const std::filesystem::path& path, const OnnxImport& options) {
  const serialize::WantedFile file = serialize::read_wanted(path, serialize::Wanted::kOnnx);
  return import_onnx(file.bytes, path, options);
}

}  // namespace floatsd::interchange
