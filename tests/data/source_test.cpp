#include "floatsd/data/source.h"

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::data::parse_source;
using floatsd::data::SourceKind;

TEST_CASE("A data set is named by the registry or as a kind and a folder", "[source]") {
  CHECK(parse_source("cifar100").kind == SourceKind::kRegistered);
  CHECK(parse_source("cifar100").name == "cifar100");
  CHECK(parse_source("images:a/b:c").kind == SourceKind::kImages);
  CHECK(parse_source("images:a/b:c").folder == "a/b:c");
  CHECK(parse_source("npy:.").kind == SourceKind::kNpy);
  CHECK(parse_source("idx:/x").kind == SourceKind::kIdx);
}

TEST_CASE("A source that is unknown or without a folder is refused in one line", "[source]") {
  CHECK_THROWS_WITH(parse_source("minst"), "data set 'minst' is unknown: did you mean 'mnist'?");
  CHECK_THROWS_WITH(parse_source("image:x"),
                    "kind of data set 'image' is unknown: did you mean 'images'?");
  CHECK_THROWS_WITH(parse_source("npy:"), "data set 'npy:' names no folder, expected npy:DIR");
  CHECK_THROWS_WITH(parse_source("images"),
                    "data set 'images' names no folder, expected images:DIR");
}
