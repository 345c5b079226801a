#include "floatsd/data/cifar.h"

#include <fstream>

#include "catch.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

using floatsd::data::Dataset;
using floatsd::data::load_cifar10;
using floatsd::data::Part;

namespace {

constexpr std::streamoff kRecord = 3073;
constexpr std::streamoff kSize = 30730000;

struct Byte {
  std::streamoff record;
  std::streamoff at;  ///< 0: the label
  char value;
};

/// A file of `size` bytes, all zero (black aeroplanes) but these. It takes no room on disk.
void write_records(const std::filesystem::path& path, std::initializer_list<Byte> bytes,
                   std::streamoff size = kSize) {
  std::ofstream out(path, std::ios::binary);
  for (const Byte& byte : bytes) {
    out.seekp(byte.record * kRecord + byte.at).put(byte.value);
  }
  out.close();
  std::filesystem::resize_file(path, static_cast<uintmax_t>(size));
}

std::string batch_name(int number) { return "data_batch_" + std::to_string(number) + ".bin"; }

}  // namespace

TEST_CASE("A CIFAR-10 record is a label, then red, green and blue", "[cifar10]") {
  const TemporaryFolder folder;
  write_records(folder / "test_batch.bin", {{0, 0, 3},
                                            {0, 1, 10},         // red, first pixel
                                            {0, 1024, 11},      // red, last pixel
                                            {0, 1025, 20},      // green, first pixel
                                            {0, 3072, '\xff'},  // blue, last pixel
                                            {9999, 0, 9},       // the last record
                                            {9999, 3072, 30}});
  const Dataset dataset = load_cifar10(folder.path(), Part::kTest);
  CHECK(dataset.name == "cifar10");
  CHECK(dataset.count == 10000);
  CHECK(dataset.channels == 3);
  CHECK(dataset.height == 32);
  CHECK(dataset.width == 32);
  CHECK(dataset.classes == 10);
  REQUIRE(dataset.labels.size() == 10000);
  CHECK(dataset.labels[0] == 3);
  CHECK(dataset.labels[1] == 0);
  CHECK(dataset.labels[9999] == 9);
  REQUIRE(dataset.images.size() == 30720000);
  CHECK(dataset.images[0] == 10);
  CHECK(dataset.images[1] == 0);
  CHECK(dataset.images[1023] == 11);
  CHECK(dataset.images[1024] == 20);
  CHECK(dataset.images[3071] == 255);
  CHECK(dataset.images[3072] == 0);
  CHECK(dataset.images.back() == 30);
}

TEST_CASE("CIFAR-10's training part is its five batches in their order", "[cifar10]") {
  const TemporaryFolder folder;
  for (int number = 1; number <= 5; ++number) {
    const auto value = static_cast<char>(number);
    write_records(folder / batch_name(number), {{0, 0, value}, {9999, 3072, value}});
  }
  const Dataset dataset = load_cifar10(folder.path(), Part::kTrain);
  CHECK(dataset.count == 50000);
  REQUIRE(dataset.labels.size() == 50000);
  REQUIRE(dataset.images.size() == size_t{50000} * 3072);
  for (size_t number = 1; number <= 5; ++number) {
    CHECK(dataset.labels[(number - 1) * 10000] == number);
    CHECK(dataset.images[number * 10000 * 3072 - 1] == number);
  }
}

TEST_CASE("A CIFAR-10 file that is a byte or a record short or long is refused", "[cifar10]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "test_batch.bin").string();
  for (const std::streamoff size :
       {std::streamoff{0}, kSize - 1, kSize + 1, kSize - kRecord, kSize + kRecord}) {
    write_records(path, {}, size);
    CHECK_THROWS_WITH(
        load_cifar10(folder.path(), Part::kTest),
        path + ": " + std::to_string(size) + " bytes, expected 30730000 (10000 records of 3073)");
  }
}

TEST_CASE("A CIFAR-10 label above 9 is refused with its record", "[cifar10]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "test_batch.bin").string();
  write_records(path, {{7, 0, 10}});
  CHECK_THROWS_WITH(load_cifar10(folder.path(), Part::kTest),
                    path + ": record 7 has label 10, expected 0 to 9");
  write_records(path, {{9999, 0, '\xff'}});
  CHECK_THROWS_WITH(load_cifar10(folder.path(), Part::kTest),
                    path + ": record 9999 has label 255, expected 0 to 9");
}

TEST_CASE("A missing CIFAR-10 folder or file is named, with the way to get it", "[cifar10]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(load_cifar10(folder / "none", Part::kTest),
                    (folder / "none").string() +
                        ": no folder found, expected CIFAR-10's files (`floatsd data fetch cifar10 "
                        "DIR` gets it, in DIR/cifar-10-batches-bin)");
  write_records(folder / batch_name(1), {});
  CHECK_THROWS_WITH(load_cifar10(folder.path(), Part::kTrain),
                    (folder / batch_name(2)).string() +
                        ": not found, expected it (`floatsd data fetch cifar10 DIR` gets it)");
}
