#include <ATen/ATen.h>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/interchange/onnx.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/architecture_json.h"
#include "floatsd/nn/graph.h"
#include "temporary_folder.h"

using namespace floatsd;

namespace {

train::Checkpoint drawn(const nn::Architecture& architecture) {
  at::manual_seed(3);
  const train::NetworkSpec spec{.architecture = architecture};
  nn::Graph graph = train::make_graph(spec);
  for (const auto& [name, tensor] : graph.state()) {
    if (name.ends_with("running_mean") || name.ends_with("norm.bias")) {
      tensor.detach().normal_(0, 0.1);
    } else if (name.ends_with("running_var") || name.ends_with("norm.weight")) {
      tensor.detach().uniform_(0.5, 1.5);
    }
  }
  return train::make_checkpoint(spec, graph, quant::Pass::kTrainFloat);
}

at::Tensor logits(const train::Checkpoint& checkpoint) {
  nn::Graph graph = train::restore_graph(checkpoint);
  at::manual_seed(5);
  const nn::InputSpec& input = graph.input();
  const at::Tensor pixels =
      at::randint(256, {4, input.channels, input.height, input.width}, at::kByte);
  return graph.forward(pixels, nn::Pass::kFloat).detach();
}

train::Checkpoint there_and_back(const train::Checkpoint& checkpoint) {
  TemporaryFolder folder;
  interchange::export_onnx(checkpoint, folder / "net.onnx");
  return interchange::import_onnx(folder / "net.onnx").checkpoint;
}

void check_equal(const train::Checkpoint& before, const train::Checkpoint& after) {
  const nn::Graph old = train::restore_graph(before);
  const nn::Graph again = train::restore_graph(after);
  const auto expected = old.state();
  const auto found = again.state();
  REQUIRE(found.size() == expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    CAPTURE(expected[i].first);
    CHECK(found[i].first == expected[i].first);
    CHECK(at::equal(found[i].second, expected[i].second));
  }
  const at::Tensor a = logits(before);
  const at::Tensor b = logits(after);
  CHECK((a - b).abs().max().item<float>() <= 1e-5 * a.abs().max().item<float>());
}

}  // namespace

TEST_CASE("Every network of the zoo comes back from ONNX as it was", "[interchange]") {
  const std::string network =
      GENERATE("lenet", "resnet20:width=0.5", "mobilenetv2-shortcut:width=0.25");
  CAPTURE(network);
  const train::Checkpoint before = drawn(models::make_architecture(network));
  const train::Checkpoint after = there_and_back(before);
  check_equal(before, after);
  CHECK(nn::to_json(after.spec.architecture) == nn::to_json(before.spec.architecture));
}

TEST_CASE("Every operator comes back from ONNX", "[interchange]") {
  nn::Architecture net("every", {.channels = 2, .height = 9, .width = 12});
  net.set_normalization({0.1307F, 0.5F}, {0.3081F, 2});
  net.class_names = {"a", "b", "c"};
  const int stem = net.add_convolution(
      "stem", {.out_channels = 4, .kernel = {3, 2}, .stride = 2, .padding = {1, 0, 2, 1}},
      nn::Activation::kRelu6);
  net.add("alone", nn::op::BatchNorm{});
  net.add("sum", nn::op::Add{}, {net.last(), stem});
  net.add("wide", nn::op::Downsample{.stride = 1, .channels_before = 1, .channels_after = 3});
  net.add("max", nn::op::MaxPool{.window = 2, .stride = 1, .padding = {1, 0, 0, 1}, .dilation = 2});
  const int image = net.add("mean", nn::op::AveragePool{.window = {2, 3}, .padding = 1});
  net.add("less", nn::op::AveragePool{.window = 2, .ceil_mode = true, .count_include_pad = false});
  net.add("third", nn::op::Downsample{.stride = 3});
  net.add("turned", nn::op::Flatten{AxesOrder::kChannelsLast});
  const int row = net.add("row", nn::op::Linear{8});
  net.add("all", nn::op::GlobalAveragePool{}, {image});
  const int mean = net.last();
  net.add("both", nn::op::Add{}, {row, mean});
  net.add("joined", nn::op::Concat{}, {net.last(), mean, row});
  net.add("norm", nn::op::BatchNorm{});
  net.add("relu", nn::op::Relu{});
  net.add("classes", nn::op::Linear{3});
  const train::Checkpoint before = drawn(net);
  const train::Checkpoint after = there_and_back(before);
  check_equal(before, after);
  CHECK(after.spec.architecture.class_names == net.class_names);
  CHECK(after.spec.architecture.input().mean == net.input().mean);
  CHECK(after.spec.architecture.input().deviation == net.input().deviation);
}

TEST_CASE("A quantized checkpoint is no float network", "[interchange]") {
  train::NetworkSpec spec{.architecture = models::make_architecture("lenet")};
  spec.qconfig.rules = {quant::parse_qconfig_rule("*=int8:per-channel")};
  const train::Checkpoint checkpoint =
      train::make_checkpoint(spec, train::make_graph(spec), quant::Pass::kInteger);
  CHECK_THROWS_WITH(interchange::export_onnx(checkpoint, "net.onnx"),
                    Catch::StartsWith("lenet: a quantized checkpoint, expected one of a float "));
}
