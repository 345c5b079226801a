#include "floatsd/nn/convolution.h"

#include <memory>

namespace floatsd::nn {

int add_convolution(Graph& net, const std::string& name, const Conv2d::Options& options,
                    Activation activation, std::vector<int> inputs) {
  net.add(name, std::make_shared<Conv2d>(options, Bias::kNone), std::move(inputs));
  const int norm = net.add(name + ".norm", std::make_shared<BatchNorm2d>(options.out_channels));
  return activation == Activation::kNone
             ? norm
             : net.add(name + ".activation", std::make_shared<ActivationBlock>(activation));
}

}  // namespace floatsd::nn
