#include "core/json.h"

#include "catch.h"

using floatsd::parse_json;

TEST_CASE("Text that is no JSON is refused with the place where it ceases to be", "[json]") {
  CHECK_THROWS_WITH(parse_json("{\n  \"a\": 1,\n  \"b\" 2\n}", "f"),
                    "f is no JSON: line 3, column 7");
  CHECK_THROWS_WITH(parse_json("{]", "f"), "f is no JSON: line 1, column 2");
  CHECK_THROWS_WITH(parse_json("", "f"), "f is no JSON: line 1, column 1");
  CHECK_THROWS_WITH(parse_json("[1,\n2", "f"), "f is no JSON: line 2, column 2");
  CHECK(parse_json("[1, 2]", "f").size() == 2);
}
