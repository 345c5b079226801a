#include "floatsd/data/mnist.h"

#include <sys/stat.h>

#include "catch.h"
#include "core/file.h"
#include "data/packed.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

using floatsd::data::Dataset;
using floatsd::data::load_mnist;
using floatsd::data::Part;

namespace {

constexpr size_t kPixels = 28 * 28;
const std::string kImages = "t10k-images-idx3-ubyte";
const std::string kLabels = "t10k-labels-idx1-ubyte";

/// Two images: all 1, all 255.
std::string images() {
  return bytes("\0\0\x08\x03\0\0\0\x02\0\0\0\x1c\0\0\0\x1c") + std::string(kPixels, '\x01') +
         std::string(kPixels, '\xff');
}

std::string labels() { return bytes("\0\0\x08\x01\0\0\0\x02\x09\0"); }

void check_is_the_two_images(const Dataset& dataset) {
  CHECK(dataset.name == "mnist");
  CHECK(dataset.count == 2);
  CHECK(dataset.channels == 1);
  CHECK(dataset.height == 28);
  CHECK(dataset.width == 28);
  CHECK(dataset.classes == 10);
  REQUIRE(dataset.images.size() == 2 * kPixels);
  CHECK(dataset.images[kPixels - 1] == 1);
  CHECK(dataset.images[kPixels] == 255);
  CHECK(dataset.labels == std::vector<uint16_t>{9, 0});
}

}  // namespace

TEST_CASE("MNIST's files become images and labels, plain or gzipped", "[mnist]") {
  const TemporaryFolder plain;
  floatsd::write_file(plain / kImages, images());
  floatsd::write_file(plain / kLabels, labels());
  check_is_the_two_images(load_mnist(plain.path(), Part::kTest));
  const TemporaryFolder packed;
  floatsd::write_file(packed / (kImages + ".gz"), gzip(images()));
  floatsd::write_file(packed / (kLabels + ".gz"), gzip(labels()));
  check_is_the_two_images(load_mnist(packed.path(), Part::kTest));
}

TEST_CASE("MNIST's plain file wins over the gzipped one", "[mnist]") {
  const TemporaryFolder folder;
  floatsd::write_file(folder / kImages, images());
  floatsd::write_file(folder / (kImages + ".gz"), "rubbish");
  floatsd::write_file(folder / kLabels, labels());
  check_is_the_two_images(load_mnist(folder.path(), Part::kTest));
}

TEST_CASE("MNIST's training part lies in the files of that name", "[mnist]") {
  const TemporaryFolder folder;
  floatsd::write_file(folder / "train-images-idx3-ubyte", images());
  floatsd::write_file(folder / "train-labels-idx1-ubyte", labels());
  check_is_the_two_images(load_mnist(folder.path(), Part::kTrain));
}

TEST_CASE("A missing MNIST folder or file is named, with the way to get it", "[mnist]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(
      load_mnist(folder / "none", Part::kTest),
      (folder / "none").string() +
          ": no folder found, expected IDX files of mnist (`floatsd data fetch mnist DIR` "
          "gets it)");
  floatsd::write_file(folder / kImages, images());
  CHECK_THROWS_WITH(load_mnist(folder.path(), Part::kTest),
                    (folder / kLabels).string() +
                        ": not found, expected it or its .gz (`floatsd "
                        "data fetch mnist DIR` gets it)");
}

TEST_CASE("MNIST images that are not 28 x 28 are refused", "[mnist]") {
  const TemporaryFolder folder;
  floatsd::write_file(folder / kImages,
                      bytes("\0\0\x08\x03\0\0\0\x01\0\0\0\x02\0\0\0\x01\x07\x07"));
  CHECK_THROWS_WITH(load_mnist(folder.path(), Part::kTest),
                    (folder / kImages).string() + ": images of 2 x 1, expected 28 x 28");
}

TEST_CASE("MNIST labels that are too few or above 9 are refused", "[mnist]") {
  const TemporaryFolder folder;
  const std::string path = (folder / kLabels).string();
  floatsd::write_file(folder / kImages, images());
  floatsd::write_file(path, bytes("\0\0\x08\x01\0\0\0\x01\x03"));
  CHECK_THROWS_WITH(load_mnist(folder.path(), Part::kTest),
                    path + ": 1 label, expected one for each of 2 images");
  floatsd::write_file(path, bytes("\0\0\x08\x01\0\0\0\x02\x09\x0a"));
  CHECK_THROWS_WITH(load_mnist(folder.path(), Part::kTest),
                    path + ": label 1 is 10, expected 0 to 9");
}

TEST_CASE("MNIST's files are read under the names that people have them by", "[mnist]") {
  for (const auto& [image_name, label_name] :
       {std::pair("t10k-images.idx3-ubyte", "t10k-labels.idx1-ubyte"),
        std::pair("t10k-images-idx3-ubyte/t10k-images-idx3-ubyte",
                  "t10k-labels-idx1-ubyte/t10k-labels-idx1-ubyte")}) {
    const TemporaryFolder folder;
    for (const char* name : {image_name, label_name}) {
      std::filesystem::create_directories((folder / name).parent_path());
    }
    floatsd::write_file(folder / image_name, images());
    floatsd::write_file(folder / label_name, labels());
    check_is_the_two_images(load_mnist(folder.path(), Part::kTest));
  }
}

TEST_CASE("A FIFO or a loop of links in place of MNIST's file is named, not waited for",
          "[mnist]") {
  const TemporaryFolder folder;
  const std::string path = (folder / kImages).string();
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(load_mnist(folder.path(), Part::kTest),
                    path + ": cannot be read: it is a pipe or device, expected a regular file");
  std::filesystem::remove(path);
  std::filesystem::create_symlink(kImages, path);
  CHECK_THROWS_WITH(load_mnist(folder.path(), Part::kTest),
                    path + ": cannot be read: Too many levels of symbolic links");
}
