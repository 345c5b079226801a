#include "floatsd/data/registry.h"

#include <algorithm>

#include "core/names.h"
#include "data/emnist.h"
#include "data/idx_dataset.h"
#include "floatsd/core/error.h"
#include "floatsd/data/cifar.h"
#include "floatsd/data/mnist.h"

namespace floatsd::data {
namespace {

const std::string kPublished = "data/README.md says where it is published";

RegisteredDataset mnist() {
  return {.name = "mnist",
          .folder = "mnist",
          .other_folders = {"MNIST/raw", "raw"},  // torchvision's
          .unreadable_folder = "",
          .a_file = idx_file_names("train-images-idx3-ubyte"),
          .image_shape = {1, 28, 28},
          .way_out = "",
          .load = load_mnist};
}

RegisteredDataset cifar10() {
  return {.name = "cifar10",
          .folder = "cifar-10-batches-bin",
          .other_folders = {},
          .unreadable_folder = "cifar-10-batches-py",
          .a_file = {"data_batch_1.bin"},
          .image_shape = {3, 32, 32},
          .class_names = cifar10_class_names(),
          .way_out = "",
          .load = load_cifar10};
}

RegisteredDataset fashion_mnist() {
  RegisteredDataset entry = mnist();
  entry.name = entry.folder = "fashion-mnist";
  entry.other_folders = {"FashionMNIST/raw", "raw"};
  entry.way_out =
      "Debian's package dataset-fashion-mnist has it, for data folder /usr/share/datasets";
  entry.load = load_fashion_mnist;
  return entry;
}

RegisteredDataset kmnist() {
  RegisteredDataset entry = mnist();
  entry.name = entry.folder = "kmnist";
  entry.other_folders = {"KMNIST/raw", "raw"};
  entry.way_out = kPublished;
  entry.load = load_kmnist;
  return entry;
}

RegisteredDataset emnist(const std::string& split) {
  const IdxLayout layout = emnist_layout(split);
  RegisteredDataset entry = mnist();
  entry.name = layout.name;
  entry.folder = "emnist";
  entry.other_folders = {"EMNIST/raw", "raw", "gzip"};  // torchvision's; the archive's own
  entry.a_file = idx_file_names(layout.train + "-images-idx3-ubyte");
  entry.way_out = kPublished;
  entry.load = [layout](const std::filesystem::path& folder, Part part) {
    return load_idx_dataset(layout, folder, part);
  };
  return entry;
}

RegisteredDataset cifar100() {
  return {.name = "cifar100",
          .folder = "cifar-100-binary",
          .other_folders = {},
          .unreadable_folder = "cifar-100-python",
          .a_file = {"fine_label_names.txt", "train.bin"},
          .image_shape = {3, 32, 32},
          .way_out = kPublished,
          .load = load_cifar100};
}

/// Of those with equal shapes the first is what a network reads if nothing is said.
const std::vector<RegisteredDataset>& registered() {
  static const std::vector<RegisteredDataset> kRegistered = {
      mnist(),           fashion_mnist(),   kmnist(),         emnist("letters"), emnist("balanced"),
      emnist("byclass"), emnist("bymerge"), emnist("digits"), emnist("mnist"),   cifar10(),
      cifar100()};
  return kRegistered;
}

}  // namespace

const RegisteredDataset& find_registered(const std::string& name) {
  std::vector<std::string> known = registered_names();
  if (const auto found = std::ranges::find(known, name); found != known.end()) {
    return registered()[static_cast<size_t>(found - known.begin())];
  }
  known.insert(known.end(), {"images:DIR", "npy:DIR", "idx:DIR"});  // data/source.h
  throw Error("data set '" + name + "' is unknown" + suggest(name, known));
}

std::vector<std::string> registered_names() {
  std::vector<std::string> names;
  for (const RegisteredDataset& dataset : registered()) {
    names.push_back(dataset.name);
  }
  return names;
}

std::string dataset_with_images(const std::array<int64_t, 3>& shape) {
  for (const RegisteredDataset& dataset : registered()) {
    if (dataset.image_shape == shape) {
      return dataset.name;
    }
  }
  throw Error("no data set has images of [" + std::to_string(shape[0]) + ", " +
              std::to_string(shape[1]) + ", " + std::to_string(shape[2]) +
              "], expected a data set that is named");
}

Dataset load_dataset(const std::string& name, const std::filesystem::path& folder, Part part) {
  return find_registered(name).load(folder, part);
}

}  // namespace floatsd::data
