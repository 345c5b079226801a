#include "floatsd/data/registry.h"

#include "floatsd/core/error.h"
#include "floatsd/core/names.h"
#include "floatsd/data/cifar10.h"
#include "floatsd/data/mnist.h"

namespace floatsd::data {
namespace {

const std::array<RegisteredDataset, 2>& registered() {
  static const std::array<RegisteredDataset, 2> kRegistered = {
      {{.name = "mnist",
        .folder = "mnist",
        .other_folders = {"MNIST/raw", "raw"},  // torchvision's
        .unreadable_folder = "",
        .a_file = mnist_file_names("train-images-idx3-ubyte"),
        .image_shape = {1, 28, 28},
        .load = load_mnist},
       {.name = "cifar10",
        .folder = "cifar-10-batches-bin",
        .other_folders = {},
        .unreadable_folder = "cifar-10-batches-py",
        .a_file = {"data_batch_1.bin"},
        .image_shape = {3, 32, 32},
        .load = load_cifar10}}};
  return kRegistered;
}

}  // namespace

const RegisteredDataset& find_registered(const std::string& name) {
  return find_entry("data set", name, registered());
}

std::string dataset_with_images(const std::array<int64_t, 3>& shape) {
  for (const RegisteredDataset& dataset : registered()) {
    if (dataset.image_shape == shape) {
      return dataset.name;
    }
  }
  throw Error("no data set has images of [" + std::to_string(shape[0]) + ", " +
              std::to_string(shape[1]) + ", " + std::to_string(shape[2]) + "]");
}

Dataset load_dataset(const std::string& name, const std::filesystem::path& folder, Part part) {
  return find_registered(name).load(folder, part);
}

}  // namespace floatsd::data
