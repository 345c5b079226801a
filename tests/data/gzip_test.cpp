#include "data/gzip.h"

#include "catch.h"
#include "core/file.h"
#include "data/packed.h"
#include "floatsd/core/error.h"
#include "temporary_folder.h"

using floatsd::data::gunzip;

TEST_CASE("What was packed is unpacked, empty and large content included", "[gzip]") {
  const std::string large(3'000'000, 'x');
  CHECK(gunzip(gzip(""), "f", 0).empty());
  CHECK(gunzip(gzip("digits"), "f", 6) == "digits");
  CHECK(gunzip(gzip(large), "f", large.size()) == large);
}

TEST_CASE("Gzip files one after the other are unpacked one after the other", "[gzip]") {
  CHECK(gunzip(gzip("ab") + gzip("cd"), "f", 4) == "abcd");
}

TEST_CASE("Gzip that is cut off is refused wherever the cut is", "[gzip]") {
  const std::string packed = gzip("some digits");
  for (size_t kept = 0; kept < packed.size(); ++kept) {
    INFO("kept " << kept);
    CHECK_THROWS_WITH(
        gunzip(packed.substr(0, kept), "f", 100),
        "f: gzip that is cut off after " + std::to_string(kept) + " bytes, expected a whole file");
  }
}

TEST_CASE("Gzip whose checksum or header is wrong is refused", "[gzip]") {
  std::string wrong_checksum = gzip("some digits");
  wrong_checksum[wrong_checksum.size() - 8] ^= 1;
  CHECK_THROWS_WITH(gunzip(wrong_checksum, "f", 100),
                    "f: corrupt gzip (incorrect data check), expected an intact file");
  CHECK_THROWS_WITH(gunzip("<html>", "f", 100),
                    "f: corrupt gzip (incorrect header check), expected an intact file");
  CHECK_THROWS_AS(gunzip(gzip("digits") + "tail", "f", 100), floatsd::Error);
}

TEST_CASE("A file is unpacked by its first two bytes, not by its name", "[gzip]") {
  const TemporaryFolder folder;
  floatsd::write_file(folder / "plain.gz", "plain");
  floatsd::write_file(folder / "packed", gzip("packed"));
  CHECK(floatsd::data::read_unpacked(folder / "plain.gz", 100) == "plain");
  CHECK(floatsd::data::read_unpacked(folder / "packed", 100) == "packed");
}

TEST_CASE("Zeros behind a gzip file are passed over, anything else is not", "[gzip]") {
  CHECK(gunzip(gzip("digits") + std::string(1000, '\0'), "f", 100) == "digits");
  CHECK_THROWS_AS(gunzip(gzip("digits") + std::string(1000, '\0') + "x", "f", 100), floatsd::Error);
}

TEST_CASE("A gzip file that holds more than is expected is refused on the way", "[gzip]") {
  CHECK_THROWS_WITH(gunzip(gzip("digits"), "f", 5), "f: more than 5 bytes, expected no more");
  std::string many;
  for (int i = 0; i < 3; ++i) {
    many += gzip("ab");
  }
  CHECK_THROWS_WITH(gunzip(many, "f", 5), "f: more than 5 bytes, expected no more");
}
