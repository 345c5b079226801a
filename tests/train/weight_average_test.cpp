#include "train/weight_average.h"

#include <ATen/ATen.h>

#include <limits>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;
using train::WeightAverage;

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

using Network = std::vector<std::pair<std::string, at::Tensor>>;

/// A network of one weight and one counter.
Network network_of(float weight, int64_t count = 0) {
  return {{"weight", at::full({1}, weight)}, {"count", at::full({1}, count, at::kLong)}};
}

float weight(const Network& network) { return network[0].second.item<float>(); }

void train_to(const Network& network, float weight, WeightAverage& average) {
  network[0].second.fill_(weight);
  average.update();
}

}  // namespace

TEST_CASE("An average begins at the first value and grows slower with every update", "[average]") {
  const Network network = network_of(9);  // the untrained network has no part in it
  WeightAverage average(network, 0.999);
  train_to(network, 1, average);
  train_to(network, 12, average);  // d = 2 / 11: 2 / 11 * 1 + 9 / 11 * 12 = 10
  train_to(network, 6, average);   // d = 3 / 12: 10 / 4 + 6 * 3 / 4 = 7
  average.swap();
  CHECK(weight(network) == Approx(7));
}

TEST_CASE("An average never decays slower than it is told to", "[average]") {
  const Network network = network_of(0);
  WeightAverage average(network, 0.125);
  train_to(network, 8, average);
  train_to(network, 16, average);  // 8 / 8 + 16 * 7 / 8
  average.swap();
  CHECK(weight(network) == Approx(15));
}

TEST_CASE("Two swaps leave the network as it was, none before the first update", "[average]") {
  const Network network = network_of(3);
  WeightAverage average(network, 0.5);
  average.swap();
  CHECK(weight(network) == 3);
  train_to(network, 4, average);
  train_to(network, 5, average);
  average.swap();
  CHECK(weight(network) != 5);
  average.swap();
  CHECK(weight(network) == 5);
}

TEST_CASE("A counter is the network's own", "[average]") {
  const Network network = network_of(3, 10);
  WeightAverage average(network, 0.5);
  average.update();
  network[1].second.fill_(20);
  average.update();
  average.swap();
  CHECK(network[1].second.item<int64_t>() == 20);
}

TEST_CASE("A range that is infinite before its first batch does not stay so", "[average]") {
  const Network network = network_of(kInfinity);
  WeightAverage average(network, 0.5);
  average.update();
  average.update();
  train_to(network, 2, average);
  average.swap();
  CHECK(weight(network) == 2);
}

TEST_CASE("An average that is saved and loaded goes on equal to the bit", "[average]") {
  const Network network = network_of(0);
  WeightAverage average(network, 0.999);
  train_to(network, 1.5F, average);
  train_to(network, 0.3F, average);
  average.swap();

  const Network copy = network_of(weight(network));
  WeightAverage resumed(copy, 0.999);
  const serialize::Value saved = average.state();
  resumed.load_state({saved, "average"});
  average.swap();
  resumed.swap();
  CHECK(weight(copy) == weight(network));
  CHECK(weight(copy) == 0.3F);
  train_to(network, 0.7F, average);
  train_to(copy, 0.7F, resumed);
  average.swap();
  resumed.swap();
  CHECK(weight(copy) == weight(network));
}

TEST_CASE("The saved state of another network is refused", "[average]") {
  const Network network = network_of(1);
  WeightAverage average(network, 0.5);
  average.update();
  const serialize::Value saved = average.state();
  const serialize::Field field(saved, "average");

  WeightAverage renamed({{"bias", at::ones({1})}}, 0.5);
  CHECK_THROWS_WITH(renamed.load_state(field), "average: network: has no key 'bias'");
  WeightAverage longer({{"weight", at::ones({2})}}, 0.5);
  CHECK_THROWS_WITH(longer.load_state(field),
                    "average: network: weight: not a tensor of the network's shape");
  WeightAverage empty({}, 0.5);
  CHECK_THROWS_WITH(empty.load_state(field), "average: network: 1 tensors, expected 0");
}
