#include "floatsd/data/registry.h"

#include <array>

#include "floatsd/core/names.h"
#include "floatsd/data/cifar10.h"
#include "floatsd/data/mnist.h"

namespace floatsd::data {

const RegisteredDataset& find_registered(const std::string& name) {
  static const std::array<RegisteredDataset, 2> kRegistered = {{
      {"mnist", "mnist", {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"}, load_mnist},
      {"cifar10", "cifar-10-batches-bin", {"data_batch_1.bin"}, load_cifar10},
  }};
  return find_entry("data set", name, kRegistered);
}

Dataset load_dataset(const std::string& name, const std::filesystem::path& folder, Part part) {
  return find_registered(name).load(folder, part);
}

}  // namespace floatsd::data
