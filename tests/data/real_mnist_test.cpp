// The published MNIST, where FLOATSD_DATA names a folder of data sets. Hidden from a plain run.

#include <cstdlib>
#include <iostream>
#include <numeric>

#include "catch.h"
#include "floatsd/data/locate.h"
#include "floatsd/data/mnist.h"

using floatsd::data::Dataset;
using floatsd::data::load_mnist;
using floatsd::data::Part;

TEST_CASE("The published MNIST is read to its last pixel", "[.real-mnist]") {
  if (std::getenv("FLOATSD_DATA") == nullptr) {
    std::cout << "SKIPPED: FLOATSD_DATA is not set\n";
    return;
  }
  const auto folder = floatsd::data::find_dataset("mnist", {});
  const auto sum = [](const auto& values) {
    return std::accumulate(values.begin(), values.end(), int64_t{0});
  };
  const Dataset train = load_mnist(folder, Part::kTrain);
  CHECK(train.count == 60000);
  CHECK(train.labels[0] == 5);
  CHECK(sum(train.images) == 1567298545);
  CHECK(sum(train.labels) == 267236);
  const Dataset test = load_mnist(folder, Part::kTest);
  CHECK(test.count == 10000);
  CHECK(test.labels[0] == 7);
  CHECK(sum(test.images) == 264923200);
  CHECK(sum(test.labels) == 44434);
}
