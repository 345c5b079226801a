#include "floatsd/nn/lenet.h"

namespace floatsd::nn {

Graph lenet() {
  Graph net("lenet", {.channels = 1, .height = 28, .width = 28});
  const auto conv = [](int64_t in, int64_t out, int padding) {
    return std::make_shared<Conv2d>(
        Conv2d::Options{.in_channels = in, .out_channels = out, .kernel = 5, .padding = padding});
  };
  net.add("conv1", conv(1, 16, 2));
  net.add("relu1", std::make_shared<ActivationBlock>(Activation::kRelu));
  net.add("pool1", std::make_shared<MaxPool2d>(2));
  net.add("conv2", conv(16, 32, 0));
  net.add("relu2", std::make_shared<ActivationBlock>(Activation::kRelu));
  net.add("pool2", std::make_shared<MaxPool2d>(2));
  net.add("conv3", conv(32, 120, 0));
  net.add("relu3", std::make_shared<ActivationBlock>(Activation::kRelu));
  net.add("fc1", std::make_shared<Linear>(120, 84));
  net.add("relu4", std::make_shared<ActivationBlock>(Activation::kRelu));
  net.add("fc2", std::make_shared<Linear>(84, 10));
  return net;
}

}  // namespace floatsd::nn
