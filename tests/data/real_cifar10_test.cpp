// CIFAR-10 itself, where FLOATSD_DATA names a folder that has it. Hidden from a plain run. What is
// checked also holds for a copy whose images went through a lossy compression.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <numeric>

#include "catch.h"
#include "floatsd/data/locate.h"
#include "floatsd/data/registry.h"

using floatsd::data::Dataset;
using floatsd::data::Part;

namespace {

bool has_cifar10() {
  const char* root = std::getenv("FLOATSD_DATA");
  return root != nullptr &&
         std::filesystem::exists(std::filesystem::path(root) / "cifar-10-batches-bin");
}

/// The mean of a channel's pixels, 0..1.
double mean(const Dataset& dataset, int64_t channel) {
  int64_t sum = 0;
  for (int64_t image = 0; image < dataset.count; ++image) {
    const auto begin = dataset.images.begin() + image * 3072 + channel * 1024;
    sum = std::accumulate(begin, begin + 1024, sum);
  }
  return static_cast<double>(sum) / 255 / 1024 / static_cast<double>(dataset.count);
}

}  // namespace

TEST_CASE("The published CIFAR-10 is read whole, class by class and colour by colour",
          "[.real-cifar10]") {
  if (!has_cifar10()) {
    std::cout << "SKIPPED: FLOATSD_DATA names no folder with cifar-10-batches-bin/\n";
    return;
  }
  const auto folder = floatsd::data::find_dataset("cifar10", {});
  const std::array<double, 3> means = {0.4914, 0.4822, 0.4465};  // of the training images
  for (const auto& [part, of_a_class] : {std::pair{Part::kTrain, 5000}, {Part::kTest, 1000}}) {
    const Dataset dataset = floatsd::data::load_dataset("cifar10", folder, part);
    CHECK(dataset.count == 10 * of_a_class);
    for (uint8_t label = 0; label < 10; ++label) {
      CHECK(std::count(dataset.labels.begin(), dataset.labels.end(), label) == of_a_class);
    }
    for (int channel = 0; channel < 3; ++channel) {
      CHECK(std::abs(mean(dataset, channel) - means[channel]) < 0.005);
    }
  }
}
