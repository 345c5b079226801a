// Trains LeNet with FloatSD4 weights for two epochs and writes the integer network.
//
//   train MNIST_FOLDER MODEL [IMAGES]      IMAGES: train on the first so many (default: all)
//
//   epoch 1: loss 0.2177, 98.54 % of the test images
//   epoch 2: loss 0.0361, 99.09 % of the test images
//   0 mismatches, 9909 right
#include <ATen/ATen.h>
#include <floatsd/floatsd.h>

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

using namespace floatsd;

namespace {

int train_lenet(const std::string& mnist, const std::string& model, int64_t images) {
  const data::Dataset training = data::first(data::load_mnist(mnist, data::Part::kTrain), images);
  const data::Dataset test = data::load_mnist(mnist, data::Part::kTest);

  // The network, and what its weights shall be.
  at::manual_seed(1);
  nn::Graph lenet(models::make_architecture("lenet"));
  passes::fuse(lenet);
  quant::QConfig qconfig;
  qconfig.rules = {quant::parse_qconfig_rule("conv=floatsd4:per-channel"),
                   quant::parse_qconfig_rule("linear=floatsd4:per-tensor")};
  passes::prepare(lenet, qconfig);

  // Two epochs, the second one on the numbers that ship; after each, the accuracy of the network as
  // it would ship.
  train::Trainer trainer(
      lenet, training,
      {.epochs = 2, .batch_size = 64, .schedule = {.peak = 0.05}, .phases = {.freeze_epochs = 1}});
  while (!trainer.done()) {
    const auto epoch = trainer.run_epoch();
    std::cout << "epoch " << epoch.epoch + 1 << ": loss " << epoch.loss << ", "
              << train::evaluate(lenet, test, quant::Pass::kInteger).percent()
              << " % of the test images\n";
  }

  // To integers, compared code by code.
  const runtime::Interpreter integer(convert::to_program(lenet));
  const convert::Verification result = convert::verify(lenet, integer, test, /*threads=*/2);
  runtime::save_model(integer.program(), model);
  std::cout << result.mismatches() << " mismatches, " << result.integer_correct << " right\n";
  return result.mismatches() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) {
    std::cerr << "usage: train MNIST_FOLDER MODEL [IMAGES]\n";
    return 2;
  }
  try {
    return train_lenet(argv[1], argv[2], argc == 4 ? std::stoll(argv[3]) : INT64_MAX);
  } catch (const std::exception& error) {
    std::cerr << "train: " << error.what() << '\n';
    return 2;
  }
}
