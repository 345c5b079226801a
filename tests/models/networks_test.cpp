#include <ATen/ATen.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/core/error.h"
#include "floatsd/models/network_options.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "nn/layer.h"
#include "serialize/torch_file.h"

using namespace floatsd;

namespace {

struct Counts {
  int64_t convolutions = 0, parameters = 0;
  bool operator==(const Counts&) const = default;
};

Counts counts(const char* network) {
  const nn::Graph net(models::make_architecture(network));
  Counts counts;
  for (const auto& [name, layer] : net.layers()) {
    counts.convolutions += layer->kind() == "linear" ? 0 : 1;
  }
  for (const at::Tensor& parameter : net.parameters()) {
    counts.parameters += parameter.numel();
  }
  return counts;
}

int64_t strides(const nn::Graph& net) {
  int64_t product = 1;
  for (const auto& [name, layer] : net.layers()) {
    const auto* conv = dynamic_cast<const nn::Conv2d*>(layer.get());
    product *= conv == nullptr ? 1 : conv->options().stride.height;
  }
  return product;
}

}  // namespace

TEST_CASE("Networks have the published number of convolutions and parameters", "[networks]") {
  // torchvision's MobileNetV2 has 3,504,872 with 1000 classes: 990 * 1281 more.
  CHECK((counts("mobilenetv2") == Counts{52, 3504872 - 990 * 1281}));
  CHECK((counts("mobilenetv2-shortcut") == Counts{57, 2296922}));
  CHECK((counts("resnet20") == Counts{19, 269722}));
}

TEST_CASE("A width multiplies the channels of all layers but the last", "[networks]") {
  CHECK((counts("mobilenetv2:width=0.5") == Counts{52, 700490}));
  CHECK((counts("mobilenetv2:width=1.4") == Counts{52, 4333706}));
  CHECK((counts("mobilenetv2-shortcut:width=0.25:relu6") == Counts{55, 254794}));
  CHECK((counts("resnet20:relu6:width=0.5") == Counts{19, 68050}));
  CHECK(models::scaled_channels(32, 0.5) == 16);
  CHECK(models::scaled_channels(24, 0.5) == 16);  // 12: 8 would be below nine tenths
  CHECK(models::scaled_channels(16, 0.25) == 8);
  CHECK(models::scaled_channels(96, 1.4) == 136);  // 134.4
}

TEST_CASE("Networks reduce 32 x 32 pixels to the published size before the average", "[networks]") {
  CHECK(strides(nn::Graph(models::make_architecture("mobilenetv2"))) == 8);
  CHECK(strides(nn::Graph(models::make_architecture("mobilenetv2-shortcut"))) == 8);
  CHECK(strides(nn::Graph(models::make_architecture("resnet20"))) == 4);
}

TEST_CASE("One image passes through every network", "[networks]") {
  for (const char* network : {"mobilenetv2:width=0.25", "mobilenetv2-shortcut:width=0.25:relu6",
                              "resnet20:width=0.5", "resnet20:relu6"}) {
    INFO(network);
    nn::Graph net(models::make_architecture(network));
    CHECK(net.network() == network);
    const at::Tensor image = at::randint(0, 256, {1, 3, 32, 32}).to(at::kByte);
    const at::Tensor logits = net.forward(image, quant::Pass::kFloat);
    CHECK(logits.sizes().vec() == std::vector<int64_t>{1, 10});
    CHECK(logits.isfinite().all().item<bool>());
  }
}

TEST_CASE("relu6 is the activation of every layer that has one", "[networks]") {
  for (const char* network : {"mobilenetv2:relu6", "resnet20:relu6"}) {
    const nn::Graph net(models::make_architecture(network));
    int seen = 0;
    for (const nn::Node& node : net.nodes()) {
      if (const auto* block = dynamic_cast<const nn::ActivationBlock*>(node.block.get())) {
        CHECK((block->activation() == nn::Activation::kRelu6));
        ++seen;
      }
    }
    CHECK(seen == (net.network() == "resnet20:relu6" ? 19 : 35));
  }
}

TEST_CASE("A network's bad option is answered with what was expected", "[networks]") {
  const auto expected = [](const std::string& option) {
    return "network option '" + option + "', expected relu6 or width=W, 0 < W <= 16";
  };
  for (const char* option : {"relu7", "width", "width=", "width=0", "width=-1", "width=nan",
                             "width=17", "width=0.5x", "Width=1", ""}) {
    CHECK_THROWS_WITH(models::make_architecture("mobilenetv2:relu6:" + std::string(option)),
                      expected(option));
  }
  CHECK_THROWS_WITH(models::make_architecture("lenet:relu6"),
                    "network 'lenet:relu6': lenet has no options");
  CHECK_THROWS_WITH(models::make_architecture("lenet", {.width = 0.5}),
                    "network 'lenet': lenet has no options");
  CHECK_THROWS_AS(models::make_architecture("lenet", {.activation = nn::Activation::kRelu6}),
                  floatsd::Error);
  CHECK_THROWS_WITH(models::make_architecture("resnet20", {.width = 0}),
                    "network 'resnet20': width 0.000000, expected 0 < width <= 16");
  CHECK_THROWS_WITH(models::make_architecture("mobilenet2:width=1"),
                    "network 'mobilenet2' is unknown: did you mean 'mobilenetv2'?");
}

TEST_CASE("Names are published ones where a published network stands behind", "[networks]") {
  const auto published = [](const char* network, const char* ours) {
    return models::published_name(network, ours);
  };
  CHECK(published("mobilenetv2-shortcut", "stem.norm.running_var") == "bn1.running_var");
  CHECK(published("mobilenetv2-shortcut:width=0.5", "features.16.depthwise.weight") ==
        "layers.16.conv2.weight");
  CHECK(published("mobilenetv2-shortcut", "features.1.shortcut.norm.bias") ==
        "layers.1.shortcut.1.bias");
  CHECK(published("mobilenetv2-shortcut", "features.1.shortcut.weight") ==
        "layers.1.shortcut.0.weight");
  CHECK(published("mobilenetv2-shortcut", "classifier.bias") == "linear.bias");
  CHECK(published("resnet20", "layers.3.conv2.norm.weight") == "layer2.0.bn2.weight");
  CHECK(published("resnet20", "layers.8.conv1.weight") == "layer3.2.conv1.weight");
  CHECK(published("mobilenetv2", "stem.weight") == "stem.weight");
  CHECK(published("lenet", "conv1.weight") == "conv1.weight");
}

TEST_CASE("A published MobileNetV2 has our tensors by name and shape", "[.real-models]") {
  const char* folder = std::getenv("FLOATSD_MODELS");
  if (folder == nullptr) {
    std::cout << "SKIPPED: FLOATSD_MODELS is not set\n";
    return;
  }
  std::map<std::string, std::vector<int64_t>> theirs;
  const serialize::Value file =
      serialize::load_torch_file(std::filesystem::path(folder) / "mobilenetv2-cifar10-float32.pt");
  for (const auto& [key, value] : file.get_if<serialize::Dict>()->entries) {
    if (!key.ends_with("num_batches_tracked")) {
      theirs[key] = value.get_if<at::Tensor>()->sizes().vec();
    }
  }
  std::map<std::string, std::vector<int64_t>> ours;
  nn::Graph net(models::make_architecture("mobilenetv2-shortcut"));
  for (const auto& [name, tensor] : net.state()) {
    // Of our nodes NAME and NAME.norm, fuse makes one layer with the same names.
    ours[models::published_name("mobilenetv2-shortcut", name)] = tensor.sizes().vec();
  }
  CHECK(ours.size() == 287);  // 344 less 57 counters
  CHECK((ours == theirs));
}
