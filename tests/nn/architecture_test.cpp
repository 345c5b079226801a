#include "floatsd/nn/architecture.h"

#include <ATen/ATen.h>
#include <ATen/core/grad_mode.h>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/architecture_json.h"
#include "floatsd/nn/graph.h"

using namespace floatsd;

namespace {

nn::Architecture images(int64_t channels, int64_t height, int64_t width) {
  return {"net", {.channels = channels, .height = height, .width = width}};
}

/// Every operator, and every shape that one node can read.
nn::Architecture all_operators() {
  nn::Architecture net = images(2, 9, 12);
  net.set_normalization({0.1307F, 0.5F}, {0.3081F, 2});
  const int stem = net.add_convolution(
      "stem", {.out_channels = 4, .kernel = 3, .stride = 2, .padding = 1}, nn::Activation::kRelu6);
  const int deep = net.add_convolution(
      "deep", {.out_channels = 4, .kernel = 3, .padding = 1, .groups = 4}, nn::Activation::kNone);
  net.add("sum", nn::op::Add{}, {deep, stem});
  net.add("relu", nn::op::Relu{});
  net.add("wide", nn::op::Downsample{.stride = 1, .channels_before = 1, .channels_after = 3});
  const int max = net.add("max", nn::op::MaxPool{.window = {2, 3},
                                                 .stride = 1,
                                                 .padding = {1, 0, 0, 1},
                                                 .dilation = {1, 2},
                                                 .ceil_mode = true});
  net.add("norm", nn::op::BatchNorm{});
  const int joined = net.add("joined", nn::op::Concat{}, {net.last(), max, max});
  net.add("average", nn::op::AveragePool{.window = 2, .padding = 1, .count_include_pad = false});
  net.add("flat", nn::op::Flatten{AxesOrder::kChannelsLast});
  const int wide = net.add("wide_fc", nn::op::Linear{3});
  net.add("wide_norm", nn::op::BatchNorm{});
  const int mean = net.add("mean", nn::op::GlobalAveragePool{}, {joined});
  net.add("features", nn::op::Concat{}, {wide, mean});
  net.add("fc", nn::op::Linear{3});
  net.class_names = {"zero", "\"one\"", "zw\u00f6lf"};
  return net;
}

std::string refusal(const std::string& nodes,
                    const std::string& input = R"({"shape": [1, 8, 8]})") {
  try {
    static_cast<void>(nn::architecture_from_json(
        R"({"name": "net", "input": )" + input + R"(, "nodes": [)" + nodes + "]}", "net.json"));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

const std::string kFlat = R"({"name": "fc", "kind": "linear", "out_features": 10})";

}  // namespace

TEST_CASE("An architecture infers each node's shape, which is what its graph computes",
          "[architecture]") {
  const at::NoGradGuard no_grad;
  for (const nn::Architecture& net :
       {all_operators(), models::make_architecture("lenet"),
        models::make_architecture("resnet20:width=0.5"),
        models::make_architecture("mobilenetv2-shortcut:width=0.25")}) {
    CAPTURE(net.name());
    nn::Graph graph(net);
    const nn::InputSpec& in = net.input();
    size_t node = 0;
    graph.forward(
        at::zeros({2, in.channels, in.height, in.width}, at::kByte), quant::Pass::kFloat,
        [&](const nn::Node& made, const ops::Signal& output) {
          const nn::Architecture::Node& expected = net.nodes()[node++];
          CAPTURE(made.name);
          const auto& [c, h, w] = expected.shape;
          CHECK(output.values.sizes().vec() ==
                (expected.is_flat ? std::vector<int64_t>{2, c} : std::vector<int64_t>{2, c, h, w}));
        });
    CHECK(node == net.nodes().size());
  }
}

TEST_CASE("An architecture is the same after a way through JSON", "[architecture]") {
  for (const nn::Architecture& net :
       {all_operators(), models::make_architecture("mobilenetv2:relu6"),
        models::make_architecture("resnet20")}) {
    const std::string text = nn::to_json(net);
    const nn::Architecture read = nn::architecture_from_json(text, "net.json");
    CHECK(nn::to_json(read) == text);
    CHECK(read.class_names == net.class_names);
    CHECK(read.input().mean == net.input().mean);
    CHECK(read.input().deviation == net.input().deviation);
    REQUIRE(read.nodes().size() == net.nodes().size());
    for (size_t i = 0; i < read.nodes().size(); ++i) {
      CHECK(read.nodes()[i].op == net.nodes()[i].op);
      CHECK(read.nodes()[i].inputs == net.nodes()[i].inputs);
      CHECK(read.nodes()[i].shape == net.nodes()[i].shape);
    }
  }
}

TEST_CASE("A node that does not fit is refused by its name when it is added", "[architecture]") {
  nn::Architecture net = images(1, 8, 8);
  const int conv = net.add("conv", nn::op::Conv2d{.out_channels = 4, .kernel = 3});
  CHECK_THROWS_WITH(net.add("conv", nn::op::Relu{}), "conv: there is a node of this name already");
  CHECK_THROWS_WITH(net.add("a", nn::op::Relu{}, {1}), "a: its input 1 is no node before it");
  CHECK_THROWS_WITH(net.add("a", nn::op::Relu{}, {-2}), "a: its input -2 is no node before it");
  CHECK_THROWS_WITH(net.add("a", nn::op::Add{}, {conv}), "a: 1 inputs, expected 2");
  CHECK_THROWS_WITH(net.add("a", nn::op::Add{}, {conv, nn::kGraphInput}),
                    "a: inputs of shapes [4, 6, 6] and [1, 8, 8], expected one shape");
  CHECK_THROWS_WITH(net.add("a", nn::op::Conv2d{.out_channels = 4, .groups = 3}),
                    "a: 3 groups do not divide 4 input channels and 4 output channels");
  CHECK_THROWS_WITH(net.add("a", nn::op::Conv2d{.out_channels = 0}),
                    "a: out_channels 0, expected 1 to 32768");
  CHECK_THROWS_WITH(net.add("a", nn::op::Linear{65537}),
                    "a: out_features 65537, expected 1 to 65536");
  CHECK_THROWS_WITH(net.add("a", nn::op::Conv2d{.out_channels = 1, .padding = -1}),
                    "a: a padding of -1, expected 0 to 32768");
  CHECK_THROWS_WITH(net.add("a", nn::op::Conv2d{.out_channels = 1, .kernel = 7}),
                    "a: an input of 6 x 6, padding included, is too small for a window of 7 x 7");
  CHECK_THROWS_WITH(net.add("a", nn::op::MaxPool{16}),
                    "a: an input of 6 x 6, padding included, is too small for a window of 16 x 16");
  CHECK_THROWS_WITH(net.add("a", nn::op::AveragePool{.window = 2, .padding = 2}),
                    "a: a window of 2 x 2 would hold nothing but padding");
  CHECK_THROWS_WITH(net.add("a", nn::op::Concat{}), "a: 1 inputs, expected 2 to 4096");
  CHECK_THROWS_WITH(net.add("a", nn::op::Concat{}, {conv, nn::kGraphInput}),
                    "a: inputs of shapes [4, 6, 6] and [1, 8, 8], expected as many rows and "
                    "columns");
  CHECK_THROWS_WITH(net.add("", nn::op::Relu{}),
                    "node '': expected a name of UTF-8 without spaces and '=', which is not input");
  CHECK_THROWS_AS(net.add("line\nbreak", nn::op::Relu{}), Error);
  CHECK_THROWS_WITH(net.classes(),
                    "net: its last node, conv, gives an image, expected a linear "
                    "layer or an average");
  CHECK(net.nodes().size() == 1);
  net.add("fc", nn::op::Linear{2});
  CHECK_THROWS_WITH(net.add("a", nn::op::Conv2d{.out_channels = 1}),
                    "a: it reads features, expected images of channels, rows and columns");
  CHECK(net.classes() == 2);
  CHECK_THROWS_WITH(images(1, 0, 8),
                    "input: an image of shape [1, 0, 8], expected sizes from 1 to 32768");
  CHECK_THROWS_WITH(net.set_normalization({0, 0}, {1}),
                    "mean: 2 numbers, expected 1, one for each of the input's channels");
  CHECK_THROWS_AS(net.set_normalization({0}, {0}), Error);
}

TEST_CASE("Features and an image of one pixel are not added", "[architecture]") {
  nn::Architecture net = images(1, 8, 8);
  const int image = net.add("conv", nn::op::Conv2d{.out_channels = 4, .kernel = 8});
  const int features = net.add("mean", nn::op::GlobalAveragePool{});
  CHECK_THROWS_WITH(net.add("sum", nn::op::Add{}, {image, features}),
                    "sum: one input has features, the other images, expected one kind");
}

TEST_CASE("An architecture file that is wrong says where", "[architecture]") {
  CHECK(refusal(R"({"name": "fc", "kind": "liner"})") ==
        "net.json: fc: kind 'liner' is unknown: did you mean 'linear'?");
  CHECK(refusal(R"({"name": "fc", "kind": "linear"})") ==
        "net.json: fc: 'out_features' is missing");
  CHECK(refusal(R"({"name": "fc", "kind": "linear", "out_feature": 3})") ==
        "net.json: fc: 'out_feature' is unknown: did you mean 'out_features'?");
  CHECK(refusal(R"({"name": "f", "kind": "flatten", "order": "xyz"})") ==
        "net.json: f: order 'xyz', expected chw or hwc");
  CHECK(refusal(R"({"name": "c", "kind": "conv2d", "out_channels": 1, "kernal": 3})") ==
        "net.json: c: 'kernal' is unknown: did you mean 'kernel'?");
  CHECK(refusal(R"({"name": "c", "kind": "conv2d", "out_channels": 1.5})") ==
        "net.json: c: out_channels 1.5, expected an integer of 64 bits");
  CHECK(refusal(R"({"name": "c", "kind": "conv2d", "out_channels": 1, "kernel": 99999999999})") ==
        "net.json: c: kernel 99999999999, expected an integer of 32 bits");
  CHECK(refusal(R"({"name": "c", "kind": "conv2d", "out_channels": 1, "bias": 1})") ==
        "net.json: c: bias 1, expected true or false");
  CHECK(refusal(R"({"name": "c", "kind": "conv2d", "out_channels": 1, "kernel": 9})") ==
        "net.json: c: an input of 8 x 8, padding included, is too small for a window of 9 x 9");
  CHECK(refusal(R"({"name": "a", "kind": "add", "inputs": ["input", "b"]})") ==
        "net.json: a: its input 'b' is no node before it");
  CHECK(refusal(kFlat + "," + kFlat) == "net.json: fc: there is a node of this name already");
  CHECK(refusal(R"({"kind": "relu"})") == "net.json: node 1: 'name' is missing");
  CHECK(refusal("3") == "net.json: node 1: 3, expected an object");
  CHECK(refusal("") == "net.json: net: there is no node");
  CHECK(refusal(kFlat, R"({"shape": [8, 8]})") ==
        "net.json: input: a shape of 2 numbers, expected [channels, height, width]");
  CHECK(refusal(kFlat, R"({"shape": [1, 8, 8], "mean": [0, 0]})") ==
        "net.json: input: mean: 2 numbers, expected 1, one for each of the input's channels");
  CHECK(refusal(kFlat, R"({"shape": [1, 8, 8], "std": ["1"]})") ==
        R"(net.json: input: std "1", expected a number)");
  CHECK(refusal(kFlat, R"({"shape": [-1, 8, 8]})") ==
        "net.json: input: an image of shape [-1, 8, 8], expected sizes from 1 to 32768");
  CHECK(refusal(kFlat).empty());
}

TEST_CASE("A network of the zoo takes the images and classes that it is asked for", "[zoo]") {
  const at::NoGradGuard no_grad;
  const nn::Architecture letters = models::make_architecture("lenet", {.classes = 47});
  CHECK(letters.classes() == 47);
  const nn::Architecture wide = models::make_architecture(
      "mobilenetv2:width=0.25",
      {.input = nn::InputSpec{.channels = 1, .height = 24, .width = 40}, .classes = 7});
  nn::Graph graph(wide);
  CHECK(graph.forward(at::zeros({2, 1, 24, 40}, at::kByte), quant::Pass::kFloat).sizes().vec() ==
        std::vector<int64_t>{2, 7});
  CHECK_THROWS_WITH(
      models::make_architecture("lenet",
                                {.input = nn::InputSpec{.channels = 1, .height = 12, .width = 28}}),
      "conv3: an input of 1 x 5, padding included, is too small for a window of 5 x 5");
}
