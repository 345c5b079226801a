#include "core/names.h"

#include <string>
#include <vector>

#include "catch.h"

TEST_CASE("A misspelt name is answered with the nearest one", "[suggest]") {
  const std::vector<std::string> known = {"epochs", "batch-size", "seed"};
  CHECK(floatsd::suggest("epoch", known) == ": did you mean 'epochs'?");
  CHECK(floatsd::suggest("seeed", known) == ": did you mean 'seed'?");
  CHECK(floatsd::suggest("SEED", known) == ": did you mean 'seed'?");
}

TEST_CASE("The nearest name is none where all are far", "[suggest]") {
  const std::vector<std::string> known = {"epochs", "seed"};
  CHECK(floatsd::nearest_name("sed", known) == "seed");
  CHECK(floatsd::nearest_name("zzzzzz", known).empty());
  CHECK(floatsd::nearest_name(std::string(100'000, 'e'), known).empty());
}

TEST_CASE("A name like none of the known is answered with all of them", "[suggest]") {
  const std::vector<std::string> known = {"epochs", "seed"};
  CHECK(floatsd::suggest("zzzzzz", known) == ", expected one of: epochs, seed");
}
