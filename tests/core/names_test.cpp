#include "floatsd/core/names.h"

#include <vector>

#include "catch.h"

TEST_CASE("A misspelt name is answered with the nearest one", "[suggest]") {
  const std::vector<std::string> known = {"epochs", "batch-size", "seed"};
  CHECK(floatsd::suggest("epoch", known) == ": did you mean 'epochs'?");
  CHECK(floatsd::suggest("seeed", known) == ": did you mean 'seed'?");
}

TEST_CASE("A name like none of the known is answered with all of them", "[suggest]") {
  const std::vector<std::string> known = {"epochs", "seed"};
  CHECK(floatsd::suggest("zzzzzz", known) == ", expected one of: epochs, seed");
}
