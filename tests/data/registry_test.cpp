#include "floatsd/data/registry.h"

#include "catch.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

using floatsd::data::find_registered;
using floatsd::data::load_dataset;
using floatsd::data::Part;

TEST_CASE("Each data set is read by its own reader", "[registry]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(load_dataset("mnist", folder.path(), Part::kTest),
                    Catch::Contains("t10k-images-idx3-ubyte: not found"));
  CHECK_THROWS_WITH(load_dataset("cifar10", folder.path(), Part::kTest),
                    Catch::Contains("test_batch.bin: not found"));
}

TEST_CASE("A data set's folder has the name that its publisher's archive gives it", "[registry]") {
  CHECK(find_registered("mnist").folder == "mnist");
  CHECK(find_registered("cifar10").folder == "cifar-10-batches-bin");
}

TEST_CASE("An unknown data set is refused with a suggestion", "[registry]") {
  CHECK_THROWS_WITH(load_dataset("cifar10O", ".", Part::kTest),
                    "data set 'cifar10O' is unknown: did you mean 'cifar10'?");
  CHECK_THROWS_WITH(
      find_registered("imagenet"),
      "data set 'imagenet' is unknown, expected one of: mnist, fashion-mnist, kmnist, "
      "emnist-letters, emnist-balanced, emnist-byclass, emnist-bymerge, "
      "emnist-digits, emnist-mnist, cifar10, cifar100, images:DIR, npy:DIR, idx:DIR");
}
