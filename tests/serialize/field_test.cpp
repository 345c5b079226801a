#include "floatsd/serialize/field.h"

#include <ATen/ATen.h>

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd::serialize;

namespace {

Value checkpoint() {
  Dict model;
  model.add("conv1.weight", at::zeros({2}));
  Dict top;
  top.add("epoch", 3);
  top.add("loss", 0.5);
  top.add("model", model);
  top.add("history", List{{true, "done", at::kFloat}});
  return top;
}

}  // namespace

TEST_CASE("A field gives what is there under its type", "[field]") {
  const Value value = checkpoint();
  const Field root(value, "last.pt");
  CHECK(root["epoch"].integer() == 3);
  CHECK(root["epoch"].number() == 3.0);
  CHECK(root["loss"].number() == 0.5);
  CHECK(root["model"]["conv1.weight"].tensor().numel() == 2);
  CHECK(root["history"][0].boolean());
  CHECK(root["history"][1].string() == "done");
  CHECK(root["history"][2].dtype() == at::kFloat);
  CHECK(root["history"].size() == 3);
  CHECK(root.size() == 4);
  CHECK(root.has("loss"));
  CHECK_FALSE(root.has("accuracy"));
}

TEST_CASE("A field of another type is refused with its place", "[field]") {
  const Value value = checkpoint();
  const Field root(value, "last.pt");
  CHECK_THROWS_WITH(root["epoch"].tensor(), "last.pt: epoch: is an int, expected a tensor");
  CHECK_THROWS_WITH(root["model"]["conv1.weight"].dict(),
                    "last.pt: model: conv1.weight: is a tensor, expected a dict");
  CHECK_THROWS_WITH(root["model"]["conv1.bias"], "last.pt: model: has no key 'conv1.bias'");
  CHECK_THROWS_WITH(root["history"][3], "last.pt: history: has 3 items, expected at least 4");
  CHECK_THROWS_WITH(root["history"][1].number(),
                    "last.pt: history: item 1: is a string, expected a number");
  CHECK_THROWS_WITH(root["loss"].size(), "last.pt: loss: is a float, expected a list or a tuple");
}

TEST_CASE("A dict refuses a key that it has", "[field]") {
  Dict dict;
  dict.add("a", 1);
  CHECK_THROWS_WITH(dict.add("a", 2), "key 'a' occurs twice in one dict");
}
