#include "floatsd/data/mnist.h"

#include <utility>

#include "data/idx_dataset.h"

namespace floatsd::data {
namespace {

constexpr int64_t kMnistSide = 28;

/// Ten classes in files of MNIST's names.
IdxLayout like_mnist(std::string name, std::vector<std::string> class_names, std::string way_out) {
  return {.name = std::move(name),
          .side = kMnistSide,
          .classes = 10,
          .class_names = std::move(class_names),
          .way_out = std::move(way_out)};
}

}  // namespace

Dataset load_mnist(const std::filesystem::path& folder, Part part) {
  static const IdxLayout kLayout =
      like_mnist("mnist", {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
                 "`floatsd data fetch mnist DIR` gets it");
  return load_idx_dataset(kLayout, folder, part);
}

Dataset load_fashion_mnist(const std::filesystem::path& folder, Part part) {
  static const IdxLayout kLayout =
      like_mnist("fashion-mnist",
                 {"T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt",
                  "Sneaker", "Bag", "Ankle boot"},
                 "Debian's package dataset-fashion-mnist has it");
  return load_idx_dataset(kLayout, folder, part);
}

Dataset load_kmnist(const std::filesystem::path& folder, Part part) {
  static const IdxLayout kLayout = like_mnist(
      "kmnist", {"o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"}, "data/README.md");
  return load_idx_dataset(kLayout, folder, part);
}

}  // namespace floatsd::data
