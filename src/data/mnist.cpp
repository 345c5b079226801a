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

std::filesystem::path plain_or_gzip(const std::filesystem::path& folder, const std::string& name) {
  for (const std::string& candidate : {name, name + ".gz"}) {
    std::error_code unreachable;
    if (std::filesystem::exists(folder / candidate, unreachable)) {
      return folder / candidate;
    }
  }
  throw Error((folder / name).string() +
              ": not found, expected it or its .gz (`floatsd data fetch mnist DIR` gets it)");
}

Idx read_images(const std::filesystem::path& path) {
  Idx images = read_idx(path, 3);
  if (images.dims[1] != kSide || images.dims[2] != kSide) {
    throw Error(path.string() + ": images of " + std::to_string(images.dims[1]) + " x " +
                std::to_string(images.dims[2]) + ", expected 28 x 28");
  }
  return images;
}

Idx read_labels(const std::filesystem::path& path, int64_t count) {
  Idx labels = read_idx(path, 1);
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

Dataset load_mnist(const std::filesystem::path& folder, Part part) {
  std::error_code unreachable;
  if (!std::filesystem::is_directory(folder, unreachable)) {
    throw Error(folder.string() +
                ": no folder found, expected MNIST's files (`floatsd data fetch mnist DIR` puts "
                "them into DIR/mnist)");
  }
  const std::string stem = part == Part::kTrain ? "train" : "t10k";
  Idx images = read_images(plain_or_gzip(folder, stem + "-images-idx3-ubyte"));
  const int64_t count = images.dims[0];
  Idx labels = read_labels(plain_or_gzip(folder, stem + "-labels-idx1-ubyte"), count);
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
