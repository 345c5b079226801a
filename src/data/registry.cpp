#include "floatsd/data/registry.h"

#include <array>

#include "floatsd/core/error.h"
#include "floatsd/core/suggest.h"
#include "floatsd/data/cifar10.h"
#include "floatsd/data/mnist.h"

namespace floatsd::data {

const RegisteredDataset& find_registered(const std::string& name) {
  static const std::array<RegisteredDataset, 2> kRegistered = {{
      {"mnist", "mnist", {"train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"}, load_mnist},
      {"cifar10", "cifar-10-batches-bin", {"data_batch_1.bin"}, load_cifar10},
  }};
  std::vector<std::string> names;
  for (const RegisteredDataset& registered : kRegistered) {
    if (registered.name == name) {
      return registered;
    }
    names.push_back(registered.name);
  }
  throw Error("data set '" + name + "' is unknown" + suggest(name, names));
}

Dataset load_dataset(const std::string& name, const std::filesystem::path& folder, Part part) {
  return find_registered(name).load(folder, part);
}

}  // namespace floatsd::data
