#include "floatsd/data/mnist.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "floatsd/core/error.h"
#include "floatsd/data/idx.h"

namespace floatsd::data {
namespace {

constexpr int64_t kSide = 28;
constexpr int kClasses = 10;

constexpr int64_t kMostImages = 1 << 20;  // EMNIST, the largest of its kind, has 814,255

Idx read_images(const std::filesystem::path& path) {
  Idx images = read_idx(path, 3, kMostImages * kSide * kSide);
  if (images.dims[1] != kSide || images.dims[2] != kSide) {
    throw Error(path.string() + ": images of " + std::to_string(images.dims[1]) + " x " +
                std::to_string(images.dims[2]) + ", expected 28 x 28");
  }
  return images;
}

Idx read_labels(const std::filesystem::path& path, int64_t count) {
  Idx labels = read_idx(path, 1, kMostImages);
  if (labels.dims[0] != count) {
    throw Error(path.string() + ": " + std::to_string(labels.dims[0]) +
                " labels, expected one for each of " + std::to_string(count) + " images");
  }
  const auto bad = std::find_if(labels.values.begin(), labels.values.end(),
                                [](uint8_t label) { return label >= kClasses; });
  if (bad != labels.values.end()) {
    throw Error(path.string() + ": label " + std::to_string(bad - labels.values.begin()) + " is " +
                std::to_string(*bad) + ", expected 0 to 9");
  }
  return labels;
}

}  // namespace

std::vector<std::string> mnist_file_names(const std::string& name) {
  std::string dotted = name;
  dotted[name.find("-idx")] = '.';
  return {name, name + ".gz", dotted, dotted + ".gz", name + "/" + name, dotted + "/" + dotted};
}

std::filesystem::path find_mnist_file(const std::filesystem::path& folder,
                                      const std::string& name) {
  std::error_code unreachable;
  std::filesystem::path other;  // no file, but something: reading it says what
  for (const std::string& candidate : mnist_file_names(name)) {
    const std::filesystem::path path = folder / candidate;
    if (std::filesystem::is_regular_file(path, unreachable)) {
      return path;
    }
    if (other.empty() && !std::filesystem::is_directory(path, unreachable) &&
        std::filesystem::exists(std::filesystem::symlink_status(path, unreachable))) {
      other = path;
    }
  }
  if (!other.empty()) {
    return other;
  }
  throw Error((folder / name).string() +
              ": not found, expected it or its .gz (`floatsd data fetch mnist DIR` gets it)");
}

Dataset load_mnist(const std::filesystem::path& folder, Part part) {
  std::error_code unreachable;
  if (!std::filesystem::is_directory(folder, unreachable)) {
    throw Error(folder.string() +
                ": no folder found, expected MNIST's files (`floatsd data fetch mnist DIR` puts "
                "them into DIR/mnist)");
  }
  const std::string stem = part == Part::kTrain ? "train" : "t10k";
  Idx images = read_images(find_mnist_file(folder, stem + "-images-idx3-ubyte"));
  const int64_t count = images.dims[0];
  Idx labels = read_labels(find_mnist_file(folder, stem + "-labels-idx1-ubyte"), count);
  return {.name = "mnist",
          .count = count,
          .channels = 1,
          .height = kSide,
          .width = kSide,
          .classes = kClasses,
          .images = std::move(images.values),
          .labels = std::move(labels.values)};
}

}  // namespace floatsd::data
