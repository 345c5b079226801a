#include "floatsd/nn/mobilenet_v2.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "floatsd/nn/cifar10_input.h"
#include "floatsd/nn/convolution.h"
#include "floatsd/nn/join.h"

namespace floatsd::nn {
namespace {

constexpr int64_t kStemChannels = 32;
constexpr int64_t kHeadChannels = 1280;
constexpr int64_t kClasses = 10;

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
  Activation activation;
};

/// The nodes of one block, from node `input` on; the index of the last.
int add_bottleneck(Graph& net, const BottleneckOptions& o, int input) {
  const int64_t inner = o.in_channels * o.expansion;
  int last = input;
  if (o.expansion > 1 || o.residual == Residual::kShortcut) {
    last = add_convolution(net, o.name + ".expand",
                           {.in_channels = o.in_channels, .out_channels = inner}, o.activation,
                           {last});
  }
  last = add_convolution(net, o.name + ".depthwise",
                         {.in_channels = inner,
                          .out_channels = inner,
                          .kernel = 3,
                          .stride = o.stride,
                          .padding = 1,
                          .groups = static_cast<int>(inner)},
                         o.activation, {last});
  const int projected = add_convolution(net, o.name + ".project",
                                        {.in_channels = inner, .out_channels = o.out_channels},
                                        Activation::kNone, {last});
  const bool same_width = o.in_channels == o.out_channels;
  if (o.stride != 1 || (!same_width && o.residual == Residual::kIdentity)) {
    return projected;
  }
  const int shortcut =
      same_width ? input
                 : add_convolution(net, o.name + ".shortcut",
                                   {.in_channels = o.in_channels, .out_channels = o.out_channels},
                                   Activation::kNone, {input});
  return net.add(o.name + ".add", std::make_shared<Add>(), {projected, shortcut});
}

}  // namespace

Graph mobilenet_v2(std::string_view name, Residual residual, const NetworkOptions& options) {
  Graph net(std::string(name), cifar10_input());
  int64_t channels = scaled_channels(kStemChannels, options.width);
  int last = add_convolution(
      net, "stem", {.in_channels = 3, .out_channels = channels, .kernel = 3, .padding = 1},
      options.activation, {kGraphInput});
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
  add_convolution(net, "head", {.in_channels = channels, .out_channels = head}, options.activation,
                  {last});
  net.add("pool", std::make_shared<GlobalAveragePool>());
  net.add("classifier", std::make_shared<Linear>(head, kClasses));
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

}  // namespace floatsd::nn
