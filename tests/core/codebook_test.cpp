#include "floatsd/core/codebook.h"

#include <bit>
#include <cmath>
#include <limits>
#include <numeric>

#include "catch.h"
#include "floatsd/core/error.h"

using floatsd::Codebook;
using floatsd::find_codebook;
using floatsd::nearest_level;

TEST_CASE("FloatSD4 holds zero and ±1 to ±64, each a power of two", "[codebook]") {
  const Codebook& book = find_codebook("floatsd4");
  CHECK(book.bits == 4);
  CHECK(book.level_count() == 15);
  CHECK(book.magnitudes == std::vector<int>{0, 1, 2, 4, 8, 16, 32, 64});
  for (const int magnitude : book.magnitudes) {
    CHECK(std::popcount(static_cast<unsigned>(magnitude)) <= 1);
  }
}

TEST_CASE("FloatSD4 rounds in the log domain", "[codebook]") {
  const Codebook& book = find_codebook("floatsd4");
  const std::vector<std::pair<float, int>> vectors = {
      {0.0F, 0},   {0.70F, 0},  {0.71F, 1},  {0.74F, 1},  {0.75F, 1},  {1.40F, 1},
      {1.42F, 2},  {1.49F, 2},  {1.5F, 2},   {2.80F, 2},  {2.83F, 4},  {2.9F, 4},
      {3.0F, 4},   {5.7F, 8},   {11.4F, 16}, {22.7F, 32}, {45.2F, 32}, {45.3F, 64},
      {48.0F, 64}, {90.0F, 64}, {91.0F, 64}, {200.0F, 64}};
  for (const auto& [u, level] : vectors) {
    INFO("u = " << u);
    CHECK(nearest_level(book, u, 1.0F) == level);
    CHECK(nearest_level(book, -u, 1.0F) == -level);
    CHECK(nearest_level(book, u * 0.25F, 0.25F) == level);
  }
}

TEST_CASE("FloatSD4 agrees with rounding log2 wherever u is no boundary", "[codebook]") {
  const Codebook& book = find_codebook("floatsd4");
  for (float u = 0.011F; u < 300.0F; u *= 1.0007F) {
    const float exponent = std::nearbyint(std::log2(u));
    if (std::fabs(std::log2(u) - std::floor(std::log2(u)) - 0.5F) < 1e-5F) {
      continue;
    }
    const int expected = exponent < 0 ? 0 : 1 << static_cast<int>(std::fmin(exponent, 6.0F));
    REQUIRE(nearest_level(book, u, 1.0F) == expected);
  }
}

TEST_CASE("INT8 rounds to nearest, ties to even, and saturates at 127", "[codebook]") {
  const Codebook& book = find_codebook("int8");
  CHECK(book.level_count() == 255);
  for (float u = 0; u <= 140; u += 0.25F) {
    const int expected = static_cast<int>(std::fmin(std::nearbyint(u), 127.0F));
    REQUIRE(nearest_level(book, u, 1.0F) == expected);
    REQUIRE(nearest_level(book, -u, 1.0F) == -expected);
  }
}

TEST_CASE("INT4 rounds to nearest, ties to even, and saturates at 7", "[codebook]") {
  const Codebook& book = find_codebook("int4");
  CHECK(book.bits == 4);
  CHECK(book.level_count() == 15);
  CHECK(book.clip == 7.5F);
  const std::vector<std::pair<float, int>> vectors = {{0.5F, 0}, {0.75F, 1}, {1.5F, 2}, {2.5F, 2},
                                                      {5.5F, 6}, {6.25F, 6}, {6.5F, 6}, {6.75F, 7},
                                                      {7.5F, 7}, {100.0F, 7}};
  for (const auto& [u, level] : vectors) {
    INFO("u = " << u);
    CHECK(nearest_level(book, u, 1.0F) == level);
    CHECK(nearest_level(book, -u, 1.0F) == -level);
    CHECK(nearest_level(book, u * 0.25F, 0.25F) == level);
  }
}

TEST_CASE("INT4 codes are a two's complement of 4 bits, without -8", "[codebook]") {
  const Codebook& book = find_codebook("int4");
  const std::vector<int16_t> levels = {0, 1, -1, 7, -7};
  CHECK(floatsd::pack(book, levels) == std::vector<uint8_t>{0x10, 0x7F, 0x09});
  CHECK_THROWS_WITH(floatsd::unpack(book, std::vector<uint8_t>{0x81}, 2),
                    "int4: weight 1 has code 8, which is no level's");
  CHECK_THROWS_WITH(floatsd::pack(book, std::vector<int16_t>{-8}),
                    "int4: level -8 is not one of its levels");
}

TEST_CASE("Infinity saturates and NaN is zero in every format", "[codebook]") {
  for (const Codebook& book : floatsd::codebooks()) {
    constexpr float kInfinity = std::numeric_limits<float>::infinity();
    CHECK(nearest_level(book, kInfinity, 1.0F) == book.max_level());
    CHECK(nearest_level(book, -kInfinity, 1.0F) == -book.max_level());
    CHECK(nearest_level(book, std::numeric_limits<float>::quiet_NaN(), 1.0F) == 0);
  }
}

TEST_CASE("Every level of every format rounds to itself and survives packing", "[codebook]") {
  for (const Codebook& book : floatsd::codebooks()) {
    INFO(book.name);
    std::vector<int16_t> levels;
    for (const int magnitude : book.magnitudes) {
      CHECK(nearest_level(book, static_cast<float>(magnitude), 1.0F) == magnitude);
      CHECK(floatsd::contains(book, -magnitude));
      levels.push_back(static_cast<int16_t>(magnitude));
      levels.push_back(static_cast<int16_t>(-magnitude));
    }
    levels.push_back(static_cast<int16_t>(book.max_level()));  // an odd count
    const auto bytes = floatsd::pack(book, levels);
    CHECK(bytes.size() == (levels.size() * book.bits + 7) / 8);
    CHECK(floatsd::unpack(book, bytes, levels.size()) == levels);
  }
}

TEST_CASE("FloatSD4 codes are the sign, the exponent, and 7 for zero", "[codebook]") {
  const Codebook& book = find_codebook("floatsd4");
  const std::vector<int16_t> levels = {0, 1, -1, 64, -64, 8, 2};
  CHECK(floatsd::pack(book, levels) == std::vector<uint8_t>{0x07, 0x68, 0x3E, 0x01});
  CHECK(floatsd::unpack(book, std::vector<uint8_t>{0x7F}, 2) == std::vector<int16_t>{0, 0});
}

TEST_CASE("Packing refuses a level that the format does not hold", "[codebook]") {
  const std::vector<int16_t> levels = {64, 3};
  CHECK_THROWS_WITH(floatsd::pack(find_codebook("floatsd4"), levels),
                    "floatsd4: level 3 is not one of its levels");
  const std::vector<int16_t> minimum = {-128};
  CHECK_THROWS_AS(floatsd::pack(find_codebook("int8"), minimum), floatsd::Error);
}

TEST_CASE("Unpacking refuses a wrong byte count and a code without a level", "[codebook]") {
  CHECK_THROWS_WITH(floatsd::unpack(find_codebook("floatsd4"), std::vector<uint8_t>(3), 4),
                    "floatsd4: 3 bytes, expected 2 for 4 weights");
  CHECK_THROWS_WITH(floatsd::unpack(find_codebook("int8"), std::vector<uint8_t>{1, 0x80}, 2),
                    "int8: weight 1 has code 128, which is no level's");
  CHECK_THROWS_WITH(floatsd::unpack(find_codebook("int4"), std::vector<uint8_t>{0x21, 0x13}, 3),
                    "int4: the last 4 bits are 1, expected 0 behind the last weight");
}

TEST_CASE("A FloatSD4 multiplication is one partial product, INT4 two, INT8 up to four",
          "[codebook]") {
  CHECK(floatsd::partial_products(find_codebook("floatsd4")) == 1);
  CHECK(floatsd::partial_products(find_codebook("int4")) == 2);  // 7 = 8 - 1
  CHECK(floatsd::partial_products(find_codebook("int8")) == 4);
}

TEST_CASE("An unknown format is answered with a suggestion", "[codebook]") {
  CHECK_THROWS_WITH(find_codebook("floatsd"),
                    "format 'floatsd' is unknown: did you mean 'floatsd4'?");
}
