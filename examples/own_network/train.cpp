// A residual network of one's own, trained on (Fashion-)MNIST with FloatSD4 weights and
// saved. The checkpoint carries the architecture, so that another program needs none of this.
//
//   train MNIST_FOLDER CHECKPOINT [IMAGES]
#include <ATen/ATen.h>
#include <floatsd/floatsd.h>

#include <cstdint>
#include <iostream>
#include <string>

using namespace floatsd;

nn::Architecture residual_network() {
  nn::Architecture net("own", {.channels = 1, .height = 28, .width = 28});
  const nn::op::Conv2d same = {.out_channels = 16, .kernel = 3, .padding = 1};
  const nn::op::Conv2d half = {.out_channels = 16, .kernel = 3, .stride = 2, .padding = 1};
  const int stem = net.add_convolution("stem", half, nn::Activation::kRelu);
  net.add_convolution("first", same, nn::Activation::kRelu);
  const int second = net.add_convolution("second", same, nn::Activation::kNone);
  net.add("sum", nn::op::Add{}, {second, stem});
  const int body = net.add("relu", nn::op::Relu{});
  const int narrow = net.add_convolution("narrow", {.out_channels = 8}, nn::Activation::kRelu);
  net.add("average", nn::op::AveragePool{.window = 3, .stride = 1, .padding = 1}, {body});
  net.add("joined", nn::op::Concat{}, {narrow, net.last()});
  net.add_convolution("wide", half, nn::Activation::kRelu);
  net.add("mean", nn::op::GlobalAveragePool{});
  net.add("classifier", nn::op::Linear{10});
  return net;
}

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::cerr << "usage: train MNIST_FOLDER CHECKPOINT [IMAGES]\n";
    return 2;
  }
  const data::Dataset images = data::first(data::load_mnist(argv[1], data::Part::kTrain),
                                           argc > 3 ? std::stoll(argv[3]) : INT64_MAX);
  train::NetworkSpec spec{.architecture = residual_network()};
  spec.qconfig.rules = {quant::parse_qconfig_rule("*=floatsd4:per-channel")};
  at::manual_seed(1);
  nn::Graph graph = train::make_graph(spec);
  profile::pool_buffers();  // a step uses the memory of the one before
  train::Trainer trainer(graph, images, {.epochs = 2, .schedule = {.peak = 0.05}});
  while (!trainer.done()) {
    const auto epoch = trainer.run_epoch();
    std::cout << "epoch " << epoch.epoch + 1 << ": loss " << epoch.loss << '\n';
  }
  train::save_checkpoint(train::make_checkpoint(spec, graph, trainer.phase()), argv[2]);
  return 0;
} catch (const std::exception& error) {
  std::cerr << "train: " << error.what() << '\n';
  return 2;
}
