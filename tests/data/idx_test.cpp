#include "data/idx.h"

#include "catch.h"
#include "core/file.h"
#include "data/packed.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

using floatsd::data::Idx;
using floatsd::data::read_idx;

namespace {

const std::string kMatrix = bytes("\0\0\x08\x02\0\0\0\x02\0\0\0\x03\x01\x02\x03\xfd\xfe\xff");

/// What read_idx says of a matrix file with these bytes, after the path.
std::string refusal(const std::string& content) {
  const TemporaryFolder folder;
  const std::string path = (folder / "f").string();
  floatsd::write_file(path, content);
  try {
    read_idx(path, 2, 1000);
  } catch (const floatsd::Error& error) {
    const std::string message = error.what();
    REQUIRE(message.substr(0, path.size()) == path);
    return message.substr(path.size());
  }
  return "accepted";
}

}  // namespace

TEST_CASE("An IDX file gives its dimensions and its bytes, plain or gzipped", "[idx]") {
  const TemporaryFolder folder;
  floatsd::write_file(folder / "plain", kMatrix);
  floatsd::write_file(folder / "packed", gzip(kMatrix));
  for (const char* name : {"plain", "packed"}) {
    INFO(name);
    const Idx idx = read_idx(folder / name, 2, 1000);
    CHECK(idx.dims == std::vector<int64_t>{2, 3});
    CHECK(idx.values == std::vector<uint8_t>{1, 2, 3, 253, 254, 255});
  }
}

TEST_CASE("An IDX file with another magic, value type or rank is refused", "[idx]") {
  const std::string expected = ", expected 00000802 (IDX, unsigned bytes, dimensions: 2)";
  CHECK(refusal("a text, not an IDX file") == ": begins with 61207465" + expected);
  CHECK(refusal(bytes("\0\0\x0d\x02\0\0\0\x01\0\0\0\x01\0\0\0\0")) ==
        ": begins with 00000d02" + expected);
  CHECK(refusal(bytes("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x01\x07")) ==
        ": begins with 00000803" + expected);
}

TEST_CASE("An IDX file that is a byte short or a byte long is refused", "[idx]") {
  CHECK(refusal("") == ": 0 bytes, expected an IDX header of 12");
  CHECK(refusal(kMatrix.substr(0, 11)) == ": 11 bytes, expected an IDX header of 12");
  CHECK(refusal(kMatrix.substr(0, 17)) == ": 17 bytes, expected 18 for 2 x 3 values");
  CHECK(refusal(kMatrix + '\0') == ": 19 bytes, expected 18 for 2 x 3 values");
  CHECK(refusal(gzip(kMatrix + '\0')) == ": 19 bytes, expected 18 for 2 x 3 values");
}

TEST_CASE("More values than the reader takes are refused without room made for them", "[idx]") {
  CHECK(refusal(bytes("\0\0\x08\x02\xff\xff\xff\xff\xff\xff\xff\xff")) ==
        ": 4294967295 x 4294967295 values, expected at most 1000");
  CHECK(refusal(bytes("\0\0\x08\x02\0\0\0\x01\0\0\x03\xe8")) ==
        ": 12 bytes, expected 1012 for 1 x 1000 values");
  CHECK(refusal(bytes("\0\0\x08\x02\0\0\0\x01\0\0\x03\xe9")) ==
        ": 1 x 1001 values, expected at most 1000");
  CHECK(refusal(bytes("\0\0\x08\x02\0\0\0\x01\0\0\0\0")) ==
        ": dimension 2 is 0, expected at least 1");
}

TEST_CASE("A gzip that holds more than its IDX header says is unpacked no further", "[idx]") {
  CHECK(refusal(gzip(kMatrix + std::string(5'000'000, '\0'))) ==
        ": more than 19 bytes, expected no more");
  CHECK(refusal(kMatrix + std::string(100'000, '\0')) == ": 100018 bytes, expected at most 66549");
}

TEST_CASE("A corrupt gzip around an IDX file is named with its file", "[idx]") {
  const std::string packed = gzip(kMatrix);
  CHECK(refusal(packed.substr(0, 20)) ==
        ": gzip that is cut off after 20 bytes, expected a whole file");
  std::string flipped = packed;
  flipped[flipped.size() - 5] ^= 1;
  CHECK(refusal(flipped) == ": corrupt gzip (incorrect data check), expected an intact file");
}
