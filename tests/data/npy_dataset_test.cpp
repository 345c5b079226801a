#include "data/npy_dataset.h"

#include <random>

#include "catch.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

using floatsd::write_file;
using floatsd::data::Dataset;
using floatsd::data::load_npy_folder;
using floatsd::data::Part;

namespace {

std::string npy(const std::string& type, const std::string& shape, const std::string& values,
                const std::string& fortran = "False") {
  std::string dict =
      "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }";
  dict.resize((dict.size() + 10 + 63) / 64 * 64 - 10, ' ');
  return std::string("\x93NUMPY\x01\0", 8) + static_cast<char>(dict.size()) + '\0' + dict + values;
}

std::string counting(int count) {
  std::string values;
  for (int i = 0; i < count; ++i) {
    values += static_cast<char>(i);
  }
  return values;
}

/// Two labels, 1 and 4, for each part.
void write_labels(const TemporaryFolder& folder) {
  write_file(folder / "y_train.npy", npy("|u1", "(2,)", std::string("\1\4", 2)));
  write_file(folder / "y_test.npy", npy("|u1", "(2,)", std::string("\1\4", 2)));
}

Dataset load(const TemporaryFolder& folder, const std::string& images) {
  write_file(folder / "x_train.npy", images);
  return load_npy_folder(folder.path(), Part::kTrain);
}

}  // namespace

TEST_CASE("NumPy images become [N, C, H, W], wherever their channels lie", "[npy]") {
  const TemporaryFolder folder;
  write_labels(folder);
  const Dataset grey = load(folder, npy("|u1", "(2, 2, 4)", counting(16)));
  CHECK(grey.count == 2);
  CHECK(grey.channels == 1);
  CHECK(grey.height == 2);
  CHECK(grey.width == 4);
  CHECK(grey.classes == 5);
  CHECK(grey.labels == std::vector<uint16_t>{1, 4});
  CHECK(grey.images[9] == 9);
  const Dataset first = load(folder, npy("|u1", "(2, 3, 2, 4)", counting(48)));
  CHECK(first.channels == 3);
  CHECK(first.width == 4);
  CHECK(first.images[47] == 47);
  const Dataset last = load(folder, npy("|u1", "(2, 2, 4, 3)", counting(48)));
  CHECK(last.channels == 3);
  CHECK(last.height == 2);
  CHECK(last.width == 4);
  CHECK(last.images[0] == 0);
  CHECK(last.images[1] == 3);  // the same channel, the next column
  CHECK(last.images[8] == 1);  // the next channel
  CHECK(last.images[24] == 24);
}

TEST_CASE("A NumPy array in Fortran's order holds the same images", "[npy]") {
  const TemporaryFolder folder;
  write_labels(folder);
  // [2, 2, 2] with value 4 n + 2 y + x, the first axis the fastest
  const Dataset dataset =
      load(folder, npy("|u1", "(2, 2, 2)", std::string("\0\4\2\6\1\5\3\7", 8), "True"));
  CHECK(dataset.images == std::vector<uint8_t>{0, 1, 2, 3, 4, 5, 6, 7});
}

TEST_CASE("NumPy labels may be integers of any width and byte order", "[npy]") {
  const TemporaryFolder folder;
  write_labels(folder);
  const std::string images = npy("|u1", "(2, 1, 1)", "ab");
  const std::pair<const char*, std::string> cases[] = {
      {"<i8", std::string("\7\1\0\0\0\0\0\0\3\0\0\0\0\0\0\0", 16)},
      {">u4", std::string("\0\0\1\7\0\0\0\3", 8)},
      {"<u2", std::string("\7\1\3\0", 4)}};
  for (const auto& [type, values] : cases) {
    write_file(folder / "y_train.npy", npy(type, "(2, 1)", values));
    const Dataset dataset = load(folder, images);
    CHECK(dataset.labels == std::vector<uint16_t>{263, 3});
    CHECK(dataset.classes == 264);
  }
}

TEST_CASE("A data set has up to 65536 classes", "[npy]") {
  const TemporaryFolder folder;
  write_labels(folder);
  write_file(folder / "y_train.npy", npy("<u2", "(2,)", std::string("\0\0\xff\xff", 4)));
  const Dataset dataset = load(folder, npy("|u1", "(2, 1, 1)", "ab"));
  CHECK(dataset.classes == 65536);
  CHECK(dataset.labels[1] == 65535);
}

TEST_CASE("A NumPy file that is not as it should be is named in one line", "[npy]") {
  const TemporaryFolder folder;
  const std::string images = (folder / "x_train.npy").string();
  const std::string labels = (folder / "y_train.npy").string();
  CHECK_THROWS_WITH(
      load_npy_folder(folder / "none", Part::kTrain),
      (folder / "none").string() + ": no folder found, expected x_train.npy and so on in it");
  CHECK_THROWS_WITH(load_npy_folder(folder.path(), Part::kTrain),
                    labels +
                        ": not found, expected x_train.npy, y_train.npy, x_test.npy and "
                        "y_test.npy");
  write_labels(folder);
  CHECK_THROWS_WITH(load(folder, npy("<f8", "(2, 1, 1)", std::string(16, '\0'))),
                    images + ": holds values of type <f8, expected |u1: uint8, 0 to 255");
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(2, 3, 4, 3)", counting(72))),
                    images +
                        ": is of shape [2, 3, 4, 3], whose channels may be the second axis or "
                        "the last; expected one axis of 1 or 3");
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(2, 4, 4, 4)", counting(128))),
                    images +
                        ": is of shape [2, 4, 4, 4], expected 1 or 3 channels as its second "
                        "or its last axis");
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(2, 8)", counting(16))),
                    images +
                        ": is of shape [2, 8], expected [N, H, W], [N, C, H, W] or "
                        "[N, H, W, C]");
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(2, 2, 2)", counting(7))),
                    images + ": 7 bytes behind its header, expected [2, 2, 2] values of 1");
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(0, 2, 2)", "")),
                    images + ": is of shape [0, 2, 2], expected at least one pixel");
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(3, 2, 2)", counting(12))),
                    images + ": 3 images, expected one for each of 2 labels");
  CHECK_THROWS_WITH(load(folder, "rubbish"), images + ": is no NumPy array");
  write_file(labels, npy("|i1", "(2,)", "\1\xff"));
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(2, 1, 1)", "ab")),
                    labels + ": label 1 is negative, expected 0 to 65535");
  write_file(labels, npy("<i4", "(1,)", std::string("\0\0\1\0", 4)));
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(1, 1, 1)", "a")),
                    labels + ": label 0 is 65536, expected 0 to 65535");
  write_file(labels, npy("<f4", "(1,)", std::string(4, '\0')));
  CHECK_THROWS_WITH(load(folder, npy("|u1", "(1, 1, 1)", "a")),
                    labels + ": holds values of type <f4, expected integers (labels)");
}

TEST_CASE("An .npy with any byte changed or cut off gives an error or images, nothing else",
          "[npy]") {
  const TemporaryFolder folder;
  write_labels(folder);
  const std::string whole = npy("|u1", "(2, 3, 2, 4)", counting(48));
  std::mt19937 random(1);
  int errors = 0;
  for (int i = 0; i < 400; ++i) {
    std::string bytes = whole;
    bytes[random() % 100] = static_cast<char>(random());
    if (i % 4 == 0) {
      bytes.resize(random() % bytes.size());
    }
    try {
      const Dataset dataset = load(folder, bytes);
      CHECK(static_cast<int64_t>(dataset.images.size()) == dataset.count * dataset.image_size());
    } catch (const floatsd::Error&) {
      ++errors;
    }
  }
  CHECK(errors > 100);
  CHECK(errors < 400);
}
