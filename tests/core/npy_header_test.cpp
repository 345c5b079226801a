#include "core/npy_header.h"

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::NpyHeader;
using floatsd::parse_npy_header;

namespace {

std::string npy(char version, const std::string& dict) {
  std::string bytes = std::string("\x93NUMPY") + version + '\0';
  bytes += static_cast<char>(dict.size());
  bytes.append(version == 1 ? 1 : 3, '\0');
  return bytes + dict;
}

}  // namespace

TEST_CASE("An .npy header of version 1, 2 or 3 tells type, shape, order and where values begin",
          "[npy]") {
  for (const char version : {'\1', '\2', '\3'}) {
    const std::string bytes =
        npy(version, "{'descr': '<u2', 'fortran_order': True, 'shape': (16, 1, 5), }\n");
    const NpyHeader header = parse_npy_header(bytes + "rest");
    CHECK(header.type == "<u2");
    CHECK(header.shape == std::vector<int64_t>{16, 1, 5});
    CHECK(header.is_fortran);
    CHECK(header.begin == bytes.size());
    CHECK(header.values() == 80);
  }
  const NpyHeader one =
      parse_npy_header(npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (), }"));
  CHECK(one.shape.empty());
  CHECK_FALSE(one.is_fortran);
  CHECK(one.values() == 1);
}

TEST_CASE("The values of an .npy whose shape exceeds 64 bits are not counted", "[npy]") {
  CHECK(NpyHeader{.shape = {int64_t{1} << 40, int64_t{1} << 40}}.values() == -1);
  CHECK(NpyHeader{.shape = {int64_t{1} << 40, int64_t{1} << 40, 0}}.values() == 0);
}

TEST_CASE("What is no .npy header is refused by what is wrong with it", "[npy]") {
  CHECK_THROWS_WITH(parse_npy_header(""), "is no NumPy array");
  CHECK_THROWS_WITH(parse_npy_header("\x93NUMPY\x01"), "is no NumPy array");
  CHECK_THROWS_WITH(parse_npy_header(npy(4, "{}")),
                    "is a NumPy array of version 4, expected 1 to 3");
  CHECK_THROWS_WITH(parse_npy_header(npy(1, "{'descr': '|u1'").substr(0, 15)),
                    "is cut off in its header");
  CHECK_THROWS_WITH(parse_npy_header(npy(1, "{}")), "its header has no 'descr'");
  CHECK_THROWS_WITH(parse_npy_header(npy(1, "{'descr': '|u1', 'shape': (-1,)}")),
                    "its header has a shape that is no tuple of numbers");
  CHECK_THROWS_WITH(parse_npy_header(npy(1, "{'descr': '|u1', 'shape': (99999999999999999999,)}")),
                    "its header has a shape beyond 64 bits");
}
