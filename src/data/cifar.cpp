#include "floatsd/data/cifar.h"

#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "core/file.h"
#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

constexpr int64_t kCifarSide = 32;
constexpr size_t kPixels = 3 * kCifarSide * kCifarSide;

/// What the records of a data set look like, and where they lie.
struct Records {
  std::string name;
  std::string title;   ///< as its publisher writes it
  std::string folder;  ///< that its archive unpacks to
  std::string way_out;
  int classes;
  size_t label_bytes;   ///< the last of them is the label that counts
  size_t in_a_file[2];  ///< records, of the parts
  std::vector<std::string> files[2];

  [[nodiscard]] size_t size() const { return label_bytes + kPixels; }
};

/// The records of a file, of which there are exactly as many as were published.
std::string read_records(const Records& records, const std::filesystem::path& path, size_t count) {
  std::error_code unreachable;
  if (!std::filesystem::exists(path, unreachable)) {
    throw Error(path.string() + ": not found, expected it (" + records.way_out + ")");
  }
  const size_t expected = count * records.size();
  std::string bytes = read_file(path, 2 * expected);
  if (bytes.size() != expected) {
    throw Error(path.string() + ": " + std::to_string(bytes.size()) + " bytes, expected " +
                std::to_string(expected) + " (" + std::to_string(count) + " records of " +
                std::to_string(records.size()) + ")");
  }
  return bytes;
}

void append(const Records& records, const std::filesystem::path& path, size_t count,
            Dataset& dataset) {
  const std::string bytes = read_records(records, path, count);
  for (size_t i = 0; i < count; ++i) {
    const char* pixels = bytes.data() + i * records.size() + records.label_bytes;
    const auto label = static_cast<uint8_t>(pixels[-1]);
    if (label >= records.classes) {
      throw Error(path.string() + ": record " + std::to_string(i) + " has label " +
                  std::to_string(label) + ", expected 0 to " + std::to_string(records.classes - 1));
    }
    dataset.labels.push_back(label);
    dataset.images.insert(dataset.images.end(), pixels, pixels + kPixels);
  }
  dataset.count += static_cast<int64_t>(count);
}

Dataset load(const Records& records, const std::filesystem::path& folder, Part part) {
  std::error_code unreachable;
  if (!std::filesystem::is_directory(folder, unreachable)) {
    throw Error(folder.string() + ": no folder found, expected " + records.title + "'s files (" +
                records.way_out + ", in DIR/" + records.folder + ")");
  }
  const int index = part == Part::kTrain ? 0 : 1;
  Dataset dataset = {.name = records.name,
                     .channels = 3,
                     .height = kCifarSide,
                     .width = kCifarSide,
                     .classes = records.classes};
  dataset.images.reserve(records.files[index].size() * records.in_a_file[index] * kPixels);
  for (const std::string& file : records.files[index]) {
    append(records, folder / file, records.in_a_file[index], dataset);
  }
  return dataset;
}

/// One a line; none without the file.
std::vector<std::string> read_names(const std::filesystem::path& path, int classes) {
  std::error_code unreachable;
  if (!std::filesystem::exists(path, unreachable)) {
    return {};
  }
  constexpr size_t kMostBytes = 1 << 16;
  std::istringstream lines(read_file(path, kMostBytes));
  std::vector<std::string> names;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) {
      line.pop_back();
    }
    if (!line.empty()) {  // the published file ends with an empty one
      names.push_back(line);
    }
  }
  if (static_cast<int>(names.size()) != classes) {
    throw Error(path.string() + ": " + std::to_string(names.size()) + " names, expected " +
                std::to_string(classes));
  }
  return names;
}

}  // namespace

std::vector<std::string> cifar10_class_names() {
  return {"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"};
}

Dataset load_cifar10(const std::filesystem::path& folder, Part part) {
  static const Records kRecords = {
      .name = "cifar10",
      .title = "CIFAR-10",
      .folder = "cifar-10-batches-bin",
      .way_out = "`floatsd data fetch cifar10 DIR` gets it",
      .classes = 10,
      .label_bytes = 1,
      .in_a_file = {10000, 10000},
      .files = {{"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                 "data_batch_5.bin"},
                {"test_batch.bin"}}};
  Dataset dataset = load(kRecords, folder, part);
  dataset.class_names = cifar10_class_names();
  return dataset;
}

Dataset load_cifar100(const std::filesystem::path& folder, Part part) {
  static const Records kRecords = {.name = "cifar100",
                                   .title = "CIFAR-100",
                                   .folder = "cifar-100-binary",
                                   .way_out = "unpack cifar-100-binary.tar.gz",
                                   .classes = 100,
                                   .label_bytes = 2,
                                   .in_a_file = {50000, 10000},
                                   .files = {{"train.bin"}, {"test.bin"}}};
  Dataset dataset = load(kRecords, folder, part);
  dataset.class_names = read_names(folder / "fine_label_names.txt", kRecords.classes);
  return dataset;
}

}  // namespace floatsd::data
