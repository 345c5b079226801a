#include "floatsd/nn/lenet.h"

#include <string>

namespace floatsd::nn {

Architecture lenet(std::string_view name, const NetworkOptions& options) {
  Architecture net(std::string(name),
                   options.input.value_or(InputSpec{.channels = 1, .height = 28, .width = 28}));
  net.add("conv1", op::Conv2d{.out_channels = 16, .kernel = 5, .padding = 2});
  net.add("relu1", op::Relu{});
  net.add("pool1", op::MaxPool{2});
  net.add("conv2", op::Conv2d{.out_channels = 32, .kernel = 5});
  net.add("relu2", op::Relu{});
  net.add("pool2", op::MaxPool{2});
  net.add("conv3", op::Conv2d{.out_channels = 120, .kernel = 5});
  net.add("relu3", op::Relu{});
  net.add("fc1", op::Linear{84});
  net.add("relu4", op::Relu{});
  net.add("fc2", op::Linear{options.classes});
  return net;
}

}  // namespace floatsd::nn
