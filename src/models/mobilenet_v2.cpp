#include "models/mobilenet_v2.h"

#include <algorithm>
#include <array>
#include <string>

#include "models/cifar10_input.h"

namespace floatsd::models {
namespace {

constexpr int64_t kStemChannels = 32;
constexpr int64_t kHeadChannels = 1280;

struct Stage {
  int64_t expansion, channels;
  int blocks, stride;
};
constexpr std::array<Stage, 7> kStages = {{{1, 16, 1, 1},
                                           {6, 24, 2, 1},
                                           {6, 32, 3, 2},
                                           {6, 64, 4, 2},
                                           {6, 96, 3, 1},
                                           {6, 160, 3, 2},
                                           {6, 320, 1, 1}}};

struct BottleneckOptions {
  std::string name;
  int64_t in_channels, expansion, out_channels;
  int stride;
  Residual residual;
  nn::Activation activation;
};

/// The nodes of one block, from node `input` on; the index of the last.
int add_bottleneck(nn::Architecture& net, const BottleneckOptions& o, int input) {
  const int64_t inner = o.in_channels * o.expansion;
  int last = input;
  if (o.expansion > 1 || o.residual == Residual::kShortcut) {
    last = net.add_convolution(o.name + ".expand", {.out_channels = inner}, o.activation, last);
  }
  last = net.add_convolution(o.name + ".depthwise",
                             {.out_channels = inner,
                              .kernel = 3,
                              .stride = o.stride,
                              .padding = 1,
                              .groups = static_cast<int>(inner)},
                             o.activation, last);
  const int projected = net.add_convolution(o.name + ".project", {.out_channels = o.out_channels},
                                            nn::Activation::kNone, last);
  const bool same_width = o.in_channels == o.out_channels;
  if (o.stride != 1 || (!same_width && o.residual == Residual::kIdentity)) {
    return projected;
  }
  const int shortcut =
      same_width ? input
                 : net.add_convolution(o.name + ".shortcut", {.out_channels = o.out_channels},
                                       nn::Activation::kNone, input);
  return net.add(o.name + ".add", nn::op::Add{}, {projected, shortcut});
}

}  // namespace

nn::Architecture mobilenet_v2(std::string_view name, Residual residual,
                              const NetworkOptions& options) {
  nn::Architecture net(std::string(name), options.input.value_or(cifar10_input()));
  int64_t channels = scaled_channels(kStemChannels, options.width);
  int last = net.add_convolution("stem", {.out_channels = channels, .kernel = 3, .padding = 1},
                                 options.activation);
  int block = 0;
  for (const Stage& stage : kStages) {
    const int64_t width = scaled_channels(stage.channels, options.width);
    for (int i = 0; i < stage.blocks; ++i, channels = width) {
      last = add_bottleneck(net,
                            {.name = "features." + std::to_string(block++),
                             .in_channels = channels,
                             .expansion = stage.expansion,
                             .out_channels = width,
                             .stride = i == 0 ? stage.stride : 1,
                             .residual = residual,
                             .activation = options.activation},
                            last);
    }
  }
  const int64_t head = scaled_channels(kHeadChannels, std::max(1.0, options.width));
  net.add_convolution("head", {.out_channels = head}, options.activation, last);
  net.add("pool", nn::op::GlobalAveragePool{});
  net.add("classifier", nn::op::Linear{options.classes});
  return net;
}

std::vector<PublishedPrefix> mobilenet_v2_published_prefixes() {
  std::vector<PublishedPrefix> prefixes = {{"stem", "conv1"},
                                           {"stem.norm", "bn1"},
                                           {"head", "conv2"},
                                           {"head.norm", "bn2"},
                                           {"classifier", "linear"}};
  int block = 0;
  for (const Stage& stage : kStages) {
    for (int i = 0; i < stage.blocks; ++i, ++block) {
      const std::string ours = "features." + std::to_string(block);
      const std::string theirs = "layers." + std::to_string(block);
      for (const auto& [part, number] :
           {std::pair{".expand", "1"}, {".depthwise", "2"}, {".project", "3"}}) {
        prefixes.push_back({ours + part, theirs + ".conv" + number});
        prefixes.push_back({ours + part + ".norm", theirs + ".bn" + number});
      }
      prefixes.push_back({ours + ".shortcut", theirs + ".shortcut.0"});
      prefixes.push_back({ours + ".shortcut.norm", theirs + ".shortcut.1"});
    }
  }
  return prefixes;
}

}  // namespace floatsd::models
