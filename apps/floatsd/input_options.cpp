#include "input_options.h"

#include "floatsd/data/registry.h"
#include "images/resize.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

std::optional<images::ImageSize> parse_resize(std::string_view text) {
  return images::parse_size(std::string(text));
}

std::string resize_text(const std::optional<images::ImageSize>& size) {
  return size ? std::to_string(size->height) + "x" + std::to_string(size->width) : "";
}

}  // namespace

TableOption dataset_option(std::string& dataset) {
  return of_type(one_of(data::registered_names()), text_option("dataset", dataset, dataset_help()));
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
      "each channel (default: the network's, 0 for lenet and CIFAR-10's for the others)");
}

TableOption deviation_option(std::vector<double>& deviation) {
  return numbers_option(
      "std", deviation,
      "What it then divided them by (default: the network's, 1 for lenet and CIFAR-10's "
      "for the others)");
}

TableOption weights_from_option(std::string& from) {
  return text_option("weights-from", from,
                     "Which of several sets of weights in the file to take: the key of their dict, "
                     "or the prefix of their names (default: the one that is no average)");
}

}  // namespace floatsd::app
