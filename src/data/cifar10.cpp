#include "floatsd/data/cifar10.h"

#include <string>
#include <system_error>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/core/file.h"

namespace floatsd::data {
namespace {

constexpr int64_t kSide = 32;
constexpr int kClasses = 10;
constexpr size_t kPixels = 3 * kSide * kSide;
constexpr size_t kRecord = 1 + kPixels;
constexpr size_t kRecords = 10000;
constexpr size_t kMostBytes = 2 * kRecords * kRecord;  // beyond, nothing is read

std::vector<std::string> file_names(Part part) {
  if (part == Part::kTest) {
    return {"test_batch.bin"};
  }
  std::vector<std::string> names;
  for (const char number : {'1', '2', '3', '4', '5'}) {
    names.push_back(std::string("data_batch_") + number + ".bin");
  }
  return names;
}

/// The records of a file, of which there are exactly as many as were published.
std::string read_records(const std::filesystem::path& path) {
  std::error_code unreachable;
  if (!std::filesystem::exists(path, unreachable)) {
    throw Error(path.string() +
                ": not found, expected it (`floatsd data fetch cifar10 DIR` gets it)");
  }
  std::string records = read_file(path, kMostBytes);
  if (records.size() != kRecords * kRecord) {
    throw Error(path.string() + ": " + std::to_string(records.size()) + " bytes, expected " +
                std::to_string(kRecords * kRecord) + " (" + std::to_string(kRecords) +
                " records of " + std::to_string(kRecord) + ")");
  }
  return records;
}

void append(const std::filesystem::path& path, Dataset& dataset) {
  const std::string records = read_records(path);
  for (size_t i = 0; i < kRecords; ++i) {
    const char* record = records.data() + i * kRecord;
    const auto label = static_cast<uint8_t>(record[0]);
    if (label >= kClasses) {
      throw Error(path.string() + ": record " + std::to_string(i) + " has label " +
                  std::to_string(label) + ", expected 0 to 9");
    }
    dataset.labels.push_back(label);
    dataset.images.insert(dataset.images.end(), record + 1, record + kRecord);
  }
  dataset.count += kRecords;
}

}  // namespace

Dataset load_cifar10(const std::filesystem::path& folder, Part part) {
  std::error_code unreachable;
  if (!std::filesystem::is_directory(folder, unreachable)) {
    throw Error(folder.string() +
                ": no folder found, expected CIFAR-10's files (`floatsd data fetch cifar10 DIR` "
                "puts them into DIR/cifar-10-batches-bin)");
  }
  const std::vector<std::string> names = file_names(part);
  Dataset dataset = {
      .name = "cifar10", .channels = 3, .height = kSide, .width = kSide, .classes = kClasses};
  dataset.images.reserve(names.size() * kRecords * kPixels);
  for (const std::string& name : names) {
    append(folder / name, dataset);
  }
  return dataset;
}

}  // namespace floatsd::data
