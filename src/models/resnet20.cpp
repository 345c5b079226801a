#include "models/resnet20.h"

#include <array>
#include <string>

#include "models/cifar10_input.h"

namespace floatsd::models {
namespace {

constexpr std::array<int64_t, 3> kWidths = {16, 32, 64};
constexpr int kBlocks = 3;  // of each width

/// The nodes of one block, from node `input` on; the index of the last.
int add_block(nn::Architecture& net, const std::string& name, int64_t in, int64_t out, int stride,
              nn::Activation activation, int input) {
  const auto conv = [&](const char* part, int step, nn::Activation then, int node) {
    return net.add_convolution(
        name + part, {.out_channels = out, .kernel = 3, .stride = step, .padding = 1}, then, node);
  };
  const int first = conv(".conv1", stride, activation, input);
  const int second = conv(".conv2", 1, nn::Activation::kNone, first);
  int shortcut = input;
  if (stride != 1) {
    const int added = static_cast<int>(out - in);
    shortcut = net.add(
        name + ".shortcut",
        nn::op::Downsample{
            .stride = stride, .channels_before = added / 2, .channels_after = added - added / 2},
        {input});
  }
  net.add(name + ".add", nn::op::Add{}, {second, shortcut});
  return activation == nn::Activation::kRelu6 ? net.add(name + ".activation", nn::op::Relu6{})
                                              : net.add(name + ".activation", nn::op::Relu{});
}

}  // namespace

nn::Architecture resnet20(std::string_view name, const NetworkOptions& options) {
  nn::Architecture net(std::string(name), options.input.value_or(cifar10_input()));
  int64_t channels = scaled_channels(kWidths.front(), options.width);
  int last = net.add_convolution("stem", {.out_channels = channels, .kernel = 3, .padding = 1},
                                 options.activation);
  for (size_t stage = 0; stage < kWidths.size(); ++stage) {
    const int64_t width = scaled_channels(kWidths[stage], options.width);
    for (int i = 0; i < kBlocks; ++i, channels = width) {
      const std::string block = "layers." + std::to_string(stage * kBlocks + i);
      const int stride = stage > 0 && i == 0 ? 2 : 1;
      last = add_block(net, block, channels, width, stride, options.activation, last);
    }
  }
  net.add("pool", nn::op::GlobalAveragePool{});
  net.add("classifier", nn::op::Linear{options.classes});
  return net;
}

std::vector<PublishedPrefix> resnet20_published_prefixes() {
  std::vector<PublishedPrefix> prefixes = {
      {"stem", "conv1"}, {"stem.norm", "bn1"}, {"classifier", "linear"}};
  for (size_t block = 0; block < kWidths.size() * kBlocks; ++block) {
    const std::string ours = "layers." + std::to_string(block);
    const std::string theirs =
        "layer" + std::to_string(block / kBlocks + 1) + "." + std::to_string(block % kBlocks);
    for (const std::string number : {"1", "2"}) {
      prefixes.push_back({ours + ".conv" + number, theirs + ".conv" + number});
      prefixes.push_back({ours + ".conv" + number + ".norm", theirs + ".bn" + number});
    }
  }
  return prefixes;
}

}  // namespace floatsd::models
