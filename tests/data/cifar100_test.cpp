#include <fstream>

#include "catch.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "floatsd/data/cifar.h"
#include "temporary_folder.h"

using floatsd::data::Dataset;
using floatsd::data::load_cifar100;
using floatsd::data::Part;

namespace {

constexpr std::streamoff kRecord = 3074;

void write_test_part(const std::filesystem::path& path, char coarse, char fine) {
  std::ofstream out(path, std::ios::binary);
  out.seekp(5 * kRecord).put(coarse).put(fine).put('\x0b');
  out.close();
  std::filesystem::resize_file(path, 10000 * kRecord);
}

std::string names(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    lines += "name" + std::to_string(i) + "\n";
  }
  return lines + "\n";
}

}  // namespace

TEST_CASE("A CIFAR-100 record is a coarse label, the fine one, then the pixels", "[cifar100]") {
  const TemporaryFolder folder;
  write_test_part(folder / "test.bin", 19, 99);
  const Dataset unnamed = load_cifar100(folder.path(), Part::kTest);
  CHECK(unnamed.class_names.empty());
  floatsd::write_file(folder / "fine_label_names.txt", names(100));
  const Dataset dataset = load_cifar100(folder.path(), Part::kTest);
  CHECK(dataset.count == 10000);
  CHECK(dataset.classes == 100);
  CHECK(dataset.labels[5] == 99);
  CHECK(dataset.labels[6] == 0);
  CHECK(dataset.images[5 * 3072] == 11);
  REQUIRE(dataset.class_names.size() == 100);
  CHECK(dataset.class_names[99] == "name99");
}

TEST_CASE("CIFAR-100 files that are not as published are refused", "[cifar100]") {
  const TemporaryFolder folder;
  const std::string path = (folder / "test.bin").string();
  CHECK_THROWS_WITH(load_cifar100(folder.path(), Part::kTest),
                    path + ": not found, expected it (unpack cifar-100-binary.tar.gz)");
  write_test_part(path, 19, 100);
  CHECK_THROWS_WITH(load_cifar100(folder.path(), Part::kTest),
                    path + ": record 5 has label 100, expected 0 to 99");
  write_test_part(path, 19, 99);
  floatsd::write_file(folder / "fine_label_names.txt", names(20));
  CHECK_THROWS_WITH(load_cifar100(folder.path(), Part::kTest),
                    (folder / "fine_label_names.txt").string() + ": 20 names, expected 100");
}
