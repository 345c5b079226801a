#include "tensorboard/crc32c.h"

#include <numeric>
#include <string>

#include "catch.h"

using namespace floatsd::tensorboard;

TEST_CASE("CRC-32C gives the checksums of RFC 3720 and of its authors", "[crc32c]") {
  CHECK(crc32c("") == 0);
  CHECK(crc32c("123456789") == 0xE3069283);
  CHECK(crc32c(std::string(32, '\0')) == 0x8A9136AA);
  CHECK(crc32c(std::string(32, '\xff')) == 0x62A8AB43);
  std::string ascending(32, '\0');
  std::iota(ascending.begin(), ascending.end(), '\0');
  CHECK(crc32c(ascending) == 0x46DD794E);
  CHECK(crc32c(std::string(ascending.rbegin(), ascending.rend())) == 0x113FDB5C);
}

TEST_CASE("A masked checksum is turned by 15 bits and has the constant added", "[crc32c]") {
  CHECK(masked_crc32c("") == 0xA282EAD8);
  // 0xE3069283 turned right by 15 bits is 0x2507C60D.
  CHECK(masked_crc32c("123456789") == 0x2507C60D + 0xA282EAD8);
}
