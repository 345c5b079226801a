#include "floatsd/data/mnist.h"

#include <array>
#include <string_view>
#include <utility>

#include "core/names.h"
#include "data/idx_dataset.h"

namespace floatsd::data {
namespace {

constexpr int64_t kMnistSide = 28;

constexpr std::string_view kDigits = "0123456789";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
/// Small letters that EMNIST's merged splits tell from their capitals.
constexpr std::string_view kUnmerged = "abdefghnqrt";
constexpr std::string_view kSmallLetters = "abcdefghijklmnopqrstuvwxyz";

std::vector<std::string> characters(std::initializer_list<std::string_view> groups) {
  std::vector<std::string> names;
  for (const std::string_view group : groups) {
    for (const char character : group) {
      names.emplace_back(1, character);
    }
  }
  return names;
}

/// Ten classes in files of MNIST's names.
IdxLayout like_mnist(std::string name, std::vector<std::string> class_names, std::string way_out) {
  return {.name = std::move(name),
          .side = kMnistSide,
          .classes = 10,
          .class_names = std::move(class_names),
          .way_out = std::move(way_out)};
}

struct EmnistSplit {
  std::string name;
  std::vector<std::string> class_names;
  int first_label = 0;
};

const std::array<EmnistSplit, 6>& emnist_splits() {
  static const std::array<EmnistSplit, 6> kSplits = {
      {{"letters", characters({kLetters}), 1},
       {"balanced", characters({kDigits, kLetters, kUnmerged})},
       {"byclass", characters({kDigits, kLetters, kSmallLetters})},
       {"bymerge", characters({kDigits, kLetters, kUnmerged})},
       {"digits", characters({kDigits})},
       {"mnist", characters({kDigits})}}};
  return kSplits;
}

}  // namespace

Dataset load_mnist(const std::filesystem::path& folder, Part part) {
  static const IdxLayout kLayout =
      like_mnist("mnist", characters({kDigits}), "`floatsd data fetch mnist DIR` gets it");
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

IdxLayout emnist_layout(const std::string& split) {
  const EmnistSplit& found = find_entry("split of EMNIST", split, emnist_splits());
  const std::string name = "emnist-" + split;
  return {.name = name,
          .train = name + "-train",
          .test = name + "-test",
          .side = kMnistSide,
          .classes = static_cast<int>(found.class_names.size()),
          .first_label = found.first_label,
          .order = PixelOrder::kColumns,
          .class_names = found.class_names,
          .way_out = "data/README.md"};
}

}  // namespace floatsd::data
