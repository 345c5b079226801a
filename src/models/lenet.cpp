#include "models/lenet.h"

#include <string>

namespace floatsd::models {

nn::Architecture lenet(std::string_view name, const NetworkOptions& options) {
  nn::Architecture net(std::string(name), options.input.value_or(nn::InputSpec{
                                              .channels = 1, .height = 28, .width = 28}));
  net.add("conv1", nn::op::Conv2d{.out_channels = 16, .kernel = 5, .padding = 2});
  net.add("relu1", nn::op::Relu{});
  net.add("pool1", nn::op::MaxPool{2});
  net.add("conv2", nn::op::Conv2d{.out_channels = 32, .kernel = 5});
  net.add("relu2", nn::op::Relu{});
  net.add("pool2", nn::op::MaxPool{2});
  net.add("conv3", nn::op::Conv2d{.out_channels = 120, .kernel = 5});
  net.add("relu3", nn::op::Relu{});
  net.add("fc1", nn::op::Linear{84});
  net.add("relu4", nn::op::Relu{});
  net.add("fc2", nn::op::Linear{options.classes});
  return net;
}

}  // namespace floatsd::models
