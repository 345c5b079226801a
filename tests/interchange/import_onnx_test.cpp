#include <ATen/ATen.h>

#include <cmath>
#include <functional>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/interchange/onnx.h"
#include "floatsd/nn/graph.h"
#include "interchange/sample_model.h"

using namespace floatsd;
using sample::add;
using sample::ElementType;
using sample::Model;
using sample::Numbers;
using sample::tensor;

namespace {

interchange::ImportedNetwork imported(const Model& model,
                                      const interchange::OnnxImport& options = {}) {
  return interchange::import_onnx(emit::onnx::serialize(model), "net.onnx", options);
}

nn::Architecture architecture(const Model& model) {
  return imported(model).checkpoint.spec.architecture;
}

std::string refusal(const Model& model, const interchange::OnnxImport& options = {}) {
  try {
    imported(model, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

std::vector<std::string> names(const nn::Architecture& architecture) {
  std::vector<std::string> result;
  for (const nn::Architecture::Node& node : architecture.nodes()) {
    result.push_back(node.name);
  }
  return result;
}

/// Images [1, 1, 2]: a * left + b * right + c, by a convolution of 1 x 2.
Model by_hand(std::vector<float> weights, float bias) {
  Model model{.graph_name = "by hand"};
  model.opsets = {{"", 13}};
  model.input = {.name = "x", .shape_of_one = {1, 1, 2}};
  model.output = {.name = "y", .shape_of_one = {1}};
  model.constants.emplace_back("w", tensor({1, 1, 1, 2}, weights));
  model.constants.emplace_back("b", tensor<float>({1}, {bias}));
  add(model, "Conv", {"x", "w", "b"}, "c");
  add(model, "Flatten", {"c"}, "y");
  return model;
}

float output(const Model& model, const interchange::OnnxImport& options, uint8_t left,
             uint8_t right) {
  nn::Graph graph = train::restore_graph(imported(model, options).checkpoint);
  const at::Tensor pixels = at::tensor({left, right}, at::kByte).view({1, 1, 1, 2});
  return graph.forward(pixels, nn::Pass::kFloat).item<float>();
}

}  // namespace

TEST_CASE("Bytes are read as the options say", "[interchange]") {
  const Model model = by_hand({2, -1}, 0.5F);
  CHECK(output(model, {}, 255, 51) == Approx(2 - 0.2 + 0.5));
  CHECK(output(model, {.input_scale = 255}, 3, 1) == Approx(6 - 1 + 0.5));
  CHECK(output(model, {.input_scale = 255, .mean = {1}, .deviation = {2}}, 3, 1) ==
        Approx(2 - 0 + 0.5));
  CHECK(output(model, {.mean = {0.2}, .deviation = {0.1}}, 51, 255) == Approx(0 - 8 + 0.5));
}

TEST_CASE("A constant behind a layer goes into its weights", "[interchange]") {
  Model model = by_hand({2, -1}, 0.5F);
  model.constants.emplace_back("s", tensor<float>({}, {3}));
  sample::node(model, "y").inputs = {"scaled"};
  add(model, "Mul", {"c", "s"}, "scaled");
  CHECK(output(model, {.input_scale = 255}, 3, 1) == Approx(3 * (6 - 1 + 0.5)));
  CHECK(names(architecture(model)) == std::vector<std::string>{"node_c", "flatten"});
}

TEST_CASE("Layers have the names of their weights, and values that only rename axes are no nodes",
          "[interchange]") {
  const nn::Architecture net = architecture(sample::model());
  CHECK(net.name() == "sample");
  CHECK(names(net) == std::vector<std::string>{"conv1", "node_relu", "node_pool", "fc"});
  CHECK(net.classes() == 3);
}

TEST_CASE("A name that is taken gets a number", "[interchange]") {
  Model model = sample::model();
  for (auto& each : model.nodes) {
    each.name = "input";
  }
  const std::vector<std::string> found = names(architecture(model));
  CHECK(found == std::vector<std::string>{"conv1", "input_2", "input_3", "fc"});
}

TEST_CASE("Nodes may stand in any order", "[interchange]") {
  Model model = sample::model();
  std::reverse(model.nodes.begin(), model.nodes.end());
  CHECK(names(architecture(model)) ==
        std::vector<std::string>{"conv1", "node_relu", "node_pool", "fc"});
}

TEST_CASE("What the output does not need is not looked at", "[interchange]") {
  Model model = sample::model();
  add(model, "NonMaxSuppression", {"pool"}, "boxes");
  CHECK(names(architecture(model)).size() == 4);
}

TEST_CASE("All nodes that have no form are named at once, with what would be needed",
          "[interchange]") {
  Model model = sample::model();
  sample::node(model, "relu").op_type = "LeakyRelu";
  add(model, "LeakyRelu", {"features"}, "again");
  add(model, "HardSwish", {"again"}, "more");
  sample::node(model, "logits").inputs[0] = "more";
  CHECK(refusal(model) ==
        "net.onnx: 3 nodes have no form in floatsd: LeakyRelu 'node relu', 'node again': expected "
        "an activation that integers compute exactly: relu or relu6 (train the network with one); "
        "HardSwish 'node more': expected an activation that integers compute exactly: relu or "
        "relu6 (train the network with one)");
  for (const char* node : {"relu", "batch"}) {  // the latter computes a constant
    model = sample::model();
    sample::node(model, node).domain = "com.example";
    CHECK_THAT(refusal(model), Catch::EndsWith("expected ONNX's own operators, found one of "
                                               "'com.example'"));
  }
}

TEST_CASE("What the graph says of its input", "[interchange]") {
  Model model = sample::model();
  model.input.shape_of_one = {0, 0, 0};  // which is how open sizes are read
  CHECK(refusal(model) ==
        "net.onnx: input 'pixels' of shape [?, ?, ?, ?], expected numbers for channels, rows and "
        "columns: input-shape C,H,W says them");
  CHECK(imported(model, {.input_shape = ActivationShape{2, 6, 6}})
            .checkpoint.spec.architecture.classes() == 3);
  model = sample::model();
  CHECK_THAT(refusal(model, {.input_shape = ActivationShape{2, 6, 7}}),
             Catch::StartsWith("net.onnx: input 'pixels' of shape [?, 2, 6, 6], expected that of "
                               "images [2, 6, 7]"));
  model.input.type = ElementType::kInt64;
  CHECK_THAT(refusal(model), Catch::Contains("of int64, expected real numbers or bytes"));
}

TEST_CASE("A graph that contradicts itself is refused in one line", "[interchange]") {
  const auto changed = [](const std::function<void(Model&)>& change) {
    Model model = sample::model();
    change(model);
    return refusal(model);
  };
  CHECK(changed([](Model& m) { m.opsets = {{"", 6}}; }) ==
        "net.onnx: opset 6, expected 7 to 22 (onnx.version_converter.convert_version makes another "
        "one of it)");
  CHECK(changed([](Model& m) { sample::node(m, "conv1").inputs[0] = "pool"; }) ==
        "net.onnx: the graph has a cycle");
  CHECK(changed([](Model& m) { sample::node(m, "relu").inputs[0] = "nothing"; }) ==
        "net.onnx: Relu 'node relu' reads 'nothing', which nothing makes");
  CHECK(changed([](Model& m) { m.nodes.push_back(sample::node(m, "relu")); }) ==
        "net.onnx: two values are named 'relu'");
  CHECK(changed([](Model& m) { m.constants.push_back(m.constants[0]); }) ==
        "net.onnx: two constants are named 'conv1.weight'");
  CHECK(changed([](Model& m) { m.constants[0].second.shape = {int64_t{1} << 40, 4096}; }) ==
        "net.onnx: tensor 'conv1.weight': a shape of more than 2^40 values");
  CHECK(changed([](Model& m) { m.constants[0].second.shape = {4, 2, 3, -3}; }) ==
        "net.onnx: tensor 'conv1.weight': a dimension of -3, expected none below 0");
  CHECK(
      changed([](Model& m) { m.constants[0].second.shape = {4, 2, 3, 4}; }) ==
      "net.onnx: tensor 'conv1.weight': 288 bytes, expected 384, which 96 values of float32 have");
  CHECK(changed([](Model& m) { m.constants[2].second.shape = {4, 12}; }) ==
        "net.onnx: 1 node has no form in floatsd: Gemm 'node logits': expected weights for 16 "
        "inputs, found 12");
  CHECK(changed([](Model& m) {
          m.constants[1].second = tensor<float>({4}, {1, 2, INFINITY, 4});
        }) == "net.onnx: conv1.bias: a value that is not finite");
  CHECK(
      changed([](Model& m) { sample::node(m, "pool").attributes[0].value = Numbers{40000, 2}; }) ==
      "net.onnx: 1 node has no form in floatsd: MaxPool 'node pool': expected a window from "
      "1 to 32768, found 40000");
  CHECK_THAT(changed([](Model& m) { m.constants[0].second.type = ElementType::kInt32; }),
             Catch::Contains("a constant of int32, expected real numbers"));
}

TEST_CASE("A batch norm of another epsilon computes the same with floatsd's", "[interchange]") {
  Model model = by_hand({1, 0}, 0);
  for (const auto& [name, value] :
       std::vector<std::pair<std::string, float>>{{"g", 2}, {"h", 1}, {"m", 0.5F}, {"v", 0.003F}}) {
    model.constants.emplace_back(name, tensor<float>({1}, {value}));
  }
  add(model, "BatchNormalization", {"c", "g", "h", "m", "v"}, "n");
  sample::node(model, "y").inputs = {"n"};
  CHECK(output(model, {}, 255, 0) == Approx(2 * 0.5 / std::sqrt(0.003 + 1e-5) + 1));
}
