#include "data/emnist.h"
#include "catch.h"
#include "core/file.h"
#include "data/idx_dataset.h"
#include "data/packed.h"
#include "floatsd/core/error.h"
#include "floatsd/data/locate.h"
#include "floatsd/data/mnist.h"
#include "floatsd/data/registry.h"
#include "temporary_folder.h"

using floatsd::write_file;
using floatsd::data::Dataset;
using floatsd::data::find_dataset;
using floatsd::data::load_dataset;
using floatsd::data::load_idx_folder;
using floatsd::data::Part;

namespace {

constexpr size_t kPixels = 28 * 28;

/// One image, 0 but for a 7 in row 3, column 5 as stored.
std::string one_image() {
  std::string pixels(kPixels, '\0');
  pixels[3 * 28 + 5] = 7;
  return bytes("\0\0\x08\x03\0\0\0\x01\0\0\0\x1c\0\0\0\x1c") + pixels;
}

std::string one_label(char label) { return bytes("\0\0\x08\x01\0\0\0\x01") + label; }

}  // namespace

TEST_CASE("EMNIST's letters stand upright, and their labels begin at 0", "[emnist]") {
  const TemporaryFolder root;
  std::filesystem::create_directory(root / "emnist");
  write_file(root / "emnist/emnist-letters-test-images-idx3-ubyte.gz", gzip(one_image()));
  write_file(root / "emnist/emnist-letters-test-labels-idx1-ubyte.gz", gzip(one_label(26)));
  const Dataset dataset =
      load_dataset("emnist-letters", find_dataset("emnist-letters", root.path()), Part::kTest);
  CHECK(dataset.name == "emnist-letters");
  CHECK(dataset.classes == 26);
  CHECK(dataset.labels == std::vector<uint16_t>{25});
  CHECK(dataset.class_names[25] == "Z");
  CHECK(dataset.images[5 * 28 + 3] == 7);
  CHECK(dataset.images[3 * 28 + 5] == 0);
}

TEST_CASE("A label outside an EMNIST split is refused as it stands in the file", "[emnist]") {
  const TemporaryFolder folder;
  write_file(folder / "emnist-letters-test-images-idx3-ubyte", one_image());
  const std::string path = (folder / "emnist-letters-test-labels-idx1-ubyte").string();
  for (const char label : {'\0', '\x1b'}) {
    write_file(path, one_label(label));
    CHECK_THROWS_WITH(load_dataset("emnist-letters", folder.path(), Part::kTest),
                      path + ": label 0 is " + std::to_string(label) + ", expected 1 to 26");
  }
}

TEST_CASE("EMNIST's splits have the classes that were published", "[emnist]") {
  const std::pair<const char*, size_t> splits[] = {{"letters", 26}, {"balanced", 47},
                                                   {"byclass", 62}, {"bymerge", 47},
                                                   {"digits", 10},  {"mnist", 10}};
  for (const auto& [split, classes] : splits) {
    const floatsd::data::IdxLayout layout = floatsd::data::emnist_layout(split);
    CHECK(layout.classes == static_cast<int>(classes));
    CHECK(layout.class_names.size() == classes);
  }
  CHECK(floatsd::data::emnist_layout("balanced").class_names[46] == "t");
  CHECK(floatsd::data::emnist_layout("byclass").class_names[61] == "z");
}

TEST_CASE("Fashion-MNIST and KMNIST are MNIST's files with their own folders and names",
          "[emnist]") {
  for (const std::string name : {"fashion-mnist", "kmnist"}) {
    const TemporaryFolder root;
    std::filesystem::create_directory(root / name);
    write_file(root / (name + "/t10k-images-idx3-ubyte"), one_image());
    write_file(root / (name + "/t10k-labels-idx1-ubyte"), one_label(9));
    const Dataset dataset = load_dataset(name, find_dataset(name, root.path()), Part::kTest);
    CHECK(dataset.name == name);
    CHECK(dataset.class_names[9] == (name == "kmnist" ? "wo" : "Ankle boot"));
    CHECK(dataset.images[3 * 28 + 5] == 7);
  }
  const TemporaryFolder empty;
  CHECK_THROWS_WITH(
      find_dataset("fashion-mnist", empty.path()),
      Catch::EndsWith("Debian's package dataset-fashion-mnist has it, for data folder "
                      "/usr/share/datasets"));
}

TEST_CASE("A folder of IDX files holds images of any size and as many classes as its labels say",
          "[idx]") {
  const TemporaryFolder folder;
  const std::string two_by_one = bytes("\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x01\x05\x06");
  for (const char* part : {"train", "t10k"}) {
    write_file(folder / (std::string(part) + "-images-idx3-ubyte"), two_by_one);
  }
  write_file(folder / "train-labels-idx1-ubyte", one_label(3));
  write_file(folder / "t10k-labels-idx1-ubyte", one_label('\xc8'));
  const Dataset dataset = load_idx_folder(folder.path(), Part::kTrain);
  CHECK(dataset.name == "idx:" + folder.path().string());
  CHECK(dataset.height == 2);
  CHECK(dataset.width == 1);
  CHECK(dataset.classes == 201);
  CHECK(dataset.images == std::vector<uint8_t>{5, 6});
}
