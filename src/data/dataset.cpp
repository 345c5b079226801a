#include "floatsd/data/dataset.h"

#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

std::string text(const std::array<int64_t, 3>& shape) {
  return std::to_string(shape[0]) + " x " + std::to_string(shape[1]) + " x " +
         std::to_string(shape[2]);
}

}  // namespace

void check_shape(const Dataset& dataset, const std::array<int64_t, 3>& expected,
                 const std::string& reader) {
  const std::array<int64_t, 3> found = {dataset.channels, dataset.height, dataset.width};
  if (found != expected) {
    throw Error(dataset.name + ": images of " + text(found) + ", expected " + text(expected) +
                ", which is what " + reader + " reads");
  }
}

void check_classes(const Dataset& dataset, int64_t expected, const std::string& reader) {
  if (dataset.classes != expected) {
    throw Error(dataset.name + ": " + std::to_string(dataset.classes) + " classes, expected " +
                std::to_string(expected) + ", the number of outputs of " + reader);
  }
}

void check_parts(const Dataset& train, const Dataset& test) {
  const std::array<int64_t, 3> of_train = {train.channels, train.height, train.width};
  const std::array<int64_t, 3> of_test = {test.channels, test.height, test.width};
  if (of_test != of_train) {
    throw Error(test.name + ": test images of " + text(of_test) + ", expected " + text(of_train) +
                " as the training images are");
  }
  if (test.classes != train.classes) {
    throw Error(test.name + ": test images of " + std::to_string(test.classes) +
                " classes, expected " + std::to_string(train.classes) +
                " as the training images have");
  }
}

Dataset first(Dataset dataset, int64_t n) {
  if (n < 1) {
    throw Error(dataset.name + ": the first " + std::to_string(n) +
                " images were asked for, expected at least 1");
  }
  if (n < dataset.count) {
    dataset.count = n;
    dataset.images.resize(n * dataset.image_size());
    dataset.labels.resize(n);
  }
  return dataset;
}

}  // namespace floatsd::data
