#include "floatsd/data/dataset.h"

#include <algorithm>
#include <utility>

#include "core/counted.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

std::string text(const std::array<int64_t, 3>& shape) {
  return std::to_string(shape[0]) + " x " + std::to_string(shape[1]) + " x " +
         std::to_string(shape[2]);
}

void check_first(const Dataset& dataset, int64_t n) {
  if (n < 1) {
    throw Error(dataset.name + ": the first " + std::to_string(n) +
                " images were asked for, expected at least 1");
  }
}

}  // namespace

void check_images(const Dataset& dataset) {
  require(
      dataset.count >= 0 && dataset.images.size() == static_cast<size_t>(dataset.count) *
                                                         static_cast<size_t>(dataset.image_size()),
      dataset.name + ": " + std::to_string(dataset.images.size()) + " bytes of images, expected " +
          std::to_string(dataset.image_size()) + " for each of " + std::to_string(dataset.count));
}

void check_labels(const Dataset& dataset) {
  require(dataset.labels.size() == static_cast<size_t>(dataset.count),
          dataset.name + ": " + std::to_string(dataset.labels.size()) + " labels, expected " +
              std::to_string(dataset.count));
  for (const uint16_t label : dataset.labels) {
    if (label >= dataset.classes) {
      throw Error(dataset.name + ": label " + std::to_string(label) + ", expected 0 to " +
                  std::to_string(dataset.classes - 1));
    }
  }
}

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
    throw Error(dataset.name + ": " + counted(dataset.classes, "class", "classes") + ", expected " +
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
    throw Error(test.name + ": test images of " + counted(test.classes, "class", "classes") +
                ", expected " + std::to_string(train.classes) + " as the training images have");
  }
}

Dataset first(const Dataset& dataset, int64_t n) {
  check_first(dataset, n);
  Dataset part{.name = dataset.name,
               .count = std::min(n, dataset.count),
               .channels = dataset.channels,
               .height = dataset.height,
               .width = dataset.width,
               .classes = dataset.classes,
               .class_names = dataset.class_names};
  part.images.assign(dataset.images.begin(),
                     dataset.images.begin() + part.count * dataset.image_size());
  part.labels.assign(dataset.labels.begin(), dataset.labels.begin() + part.count);
  return part;
}

Dataset first(Dataset&& dataset, int64_t n) {
  check_first(dataset, n);
  Dataset part = std::move(dataset);
  part.count = std::min(n, part.count);
  part.images.resize(part.count * part.image_size());
  part.labels.resize(part.count);
  return part;
}

}  // namespace floatsd::data
