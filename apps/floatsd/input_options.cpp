#include "input_options.h"

#include "floatsd/data/registry.h"
#include "images/resize.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

std::optional<images::ImageSize> parse_resize(std::string_view text) {
  return images::parse_size(std::string(text));
}

}  // namespace

std::string resize_text(const std::optional<images::ImageSize>& size) {
  return size ? std::to_string(size->height) + "x" + std::to_string(size->width) : "";
}

TableOption dataset_option(std::string& dataset) {
  TableOption option = text_option("dataset", dataset,
                                   dataset_help() +
                                       " (default: that of the training that made the weights to "
                                       "start from, else mnist)");
  option.add = [add = option.add](CLI::App& command) {
    add(command);
    command.get_option("--dataset")->default_str("");  // the help says it
  };
  return of_type(one_of(data::registered_names()), option);
}

std::string dataset_help() {
  std::string help;
  for (const std::string& name : data::registered_names()) {
    help += name + ", ";
  }
  return help +
         "or images:DIR (train/ and test/, a folder of image files a class), npy:DIR "
         "(x_train.npy ...), idx:DIR (train-images-idx3-ubyte ...)";
}

TableOption resize_option(std::optional<images::ImageSize>& resize) {
  return named_option<std::optional<images::ImageSize>>(
      "resize", resize, parse_resize,
      "HEIGHTxWIDTH to which every image is made: scaled to cover it, and its "
      "middle cut out (data/README.md)",
      resize_text);
}

TableOption mean_option(std::vector<double>& mean) {
  return numbers_option(
      "mean", mean,
      "What training subtracted from pixels between 0 and 1: one number, or one for "
      "each channel (default: that of the weights to start from; else on MNIST and CIFAR-10 0 for "
      "lenet and CIFAR-10's for the others, on other images the training images')");
}

TableOption deviation_option(std::vector<double>& deviation) {
  return numbers_option("std", deviation,
                        "What it then divided them by (default: as of --mean, with 1 for lenet)");
}

TableOption weights_from_option(std::string& from) {
  return text_option("weights-from", from,
                     "Which of several sets of weights in the file to take: the key of their dict, "
                     "or the prefix of their names (default: the one that is no average)");
}

}  // namespace floatsd::app
