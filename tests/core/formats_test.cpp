// Every format's levels, against lists made independently of the code: from the papers' tables, or
// from the definition by other means.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "catch.h"
#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"

using floatsd::Codebook;
using floatsd::find_codebook;
using floatsd::nearest_level;

namespace {

struct Rounded {
  float u;
  int level;
};

void check_rounding(const std::string& name, const std::vector<Rounded>& vectors) {
  INFO(name);
  const Codebook& book = find_codebook(name);
  for (const auto& [u, level] : vectors) {
    INFO("u = " << u);
    CHECK(nearest_level(book, u, 1.0F) == level);
    CHECK(nearest_level(book, -u, 1.0F) == -level);
  }
}

}  // namespace

TEST_CASE("FloatSD8 forms hold the sums of two digit groups times a power of two", "[formats]") {
  CHECK(find_codebook("floatsd8-e3g32").magnitudes ==
        std::vector<int>{0,   1,   2,   3,   4,    5,    6,    7,    8,    9,    10,   12,   14,
                         15,  16,  17,  18,  20,   24,   28,   30,   32,   34,   36,   40,   48,
                         56,  60,  64,  68,  72,   80,   96,   112,  120,  128,  136,  144,  160,
                         192, 224, 240, 256, 272,  288,  320,  384,  448,  480,  512,  544,  576,
                         640, 768, 896, 960, 1024, 1088, 1152, 1280, 1792, 1920, 2048, 2176, 2304});
  CHECK(find_codebook("floatsd8-e2g33").magnitudes ==
        std::vector<int>{0,   1,   2,   4,   6,   7,   8,   9,   10,  12,  14,  15,  16,
                         17,  18,  20,  24,  28,  30,  31,  32,  33,  34,  36,  40,  48,
                         56,  60,  62,  64,  66,  68,  72,  80,  96,  112, 120, 124, 128,
                         132, 136, 144, 160, 224, 240, 248, 256, 264, 272, 288});
  CHECK(find_codebook("floatsd8-e3g23").magnitudes ==
        std::vector<int>{0,    1,    2,    4,    6,    7,    8,    9,    10,   12,  14,
                         15,   16,   17,   18,   20,   24,   28,   30,   32,   34,  36,
                         40,   48,   56,   60,   64,   68,   72,   80,   96,   112, 120,
                         128,  136,  144,  160,  192,  224,  240,  256,  272,  288, 320,
                         384,  448,  480,  512,  544,  576,  640,  768,  896,  960, 1024,
                         1088, 1152, 1280, 1536, 1792, 1920, 2048, 2176, 2304, 2560});
  CHECK(find_codebook("floatsd8-e3g32").level_count() == 129);
  CHECK(find_codebook("floatsd8-e2g33").level_count() == 99);
  CHECK(find_codebook("floatsd8-e3g23").level_count() == 129);
}

TEST_CASE("FloatSD8 rounds to the nearest level", "[formats]") {
  check_rounding("floatsd8-e3g32", {{0.4F, 0},
                                    {0.6F, 1},
                                    {10.9F, 10},
                                    {11.1F, 12},
                                    {12.9F, 12},
                                    {13.1F, 14},
                                    {19.1F, 20},
                                    {25.9F, 24},
                                    {26.1F, 28},
                                    {1400, 1280},
                                    {1535, 1280},
                                    {1537, 1792},
                                    {2200, 2176},
                                    {2250, 2304},
                                    {5000, 2304}});
}

TEST_CASE("FloatSD4's rounding variants differ where their boundaries do", "[formats]") {
  check_rounding("floatsd4-arithmetic", {{0.49F, 0},
                                         {0.74F, 0},
                                         {0.75F, 1},
                                         {1.49F, 1},
                                         {1.5F, 2},
                                         {2.83F, 2},
                                         {2.9F, 2},
                                         {3, 4},
                                         {5.7F, 4},
                                         {11.4F, 8},
                                         {22.7F, 16},
                                         {45.3F, 32},
                                         {48, 64},
                                         {90, 64},
                                         {200, 64}});
  check_rounding("floatsd4-nearest", {{0.49F, 0},
                                      {0.5F, 1},
                                      {0.74F, 1},
                                      {1.49F, 1},
                                      {1.5F, 2},
                                      {2.9F, 2},
                                      {3, 4},
                                      {47.9F, 32},
                                      {48, 64},
                                      {200, 64}});
  const Codebook& book = find_codebook("floatsd4");
  for (const char* name : {"floatsd4-arithmetic", "floatsd4-nearest"}) {
    CHECK(find_codebook(name).magnitudes == book.magnitudes);
    CHECK(find_codebook(name).positive_codes == book.positive_codes);
    CHECK(find_codebook(name).negative_codes == book.negative_codes);
    CHECK(find_codebook(name).clip == 96);
  }
}

TEST_CASE("The narrower and wider relatives of FloatSD4 have their levels and codes", "[formats]") {
  CHECK(find_codebook("floatsd4-13").level_count() == 13);
  CHECK(find_codebook("floatsd4-13").max_level() == 32);
  CHECK(find_codebook("sd3").magnitudes == std::vector<int>{0, 1, 2, 4});
  CHECK(find_codebook("sd3").positive_codes == std::vector<uint8_t>{3, 0, 1, 2});
  CHECK(find_codebook("sd3").negative_codes == std::vector<uint8_t>{7, 4, 5, 6});
  CHECK(find_codebook("sd5").level_count() == 31);
  CHECK(find_codebook("sd5").max_level() == 1 << 14);
  check_rounding("sd3", {{0.70F, 0}, {0.71F, 1}, {1.42F, 2}, {2.83F, 4}, {6, 4}});
  check_rounding("sd5", {{11000, 8192}, {12000, 16384}, {40000, 16384}});
  CHECK(find_codebook("inq5").level_count() == 17);
  check_rounding("inq5", {{0.5F, 0}, {0.51F, 1}, {1.5F, 1}, {1.51F, 2}, {96, 64}, {97, 128}});
}

TEST_CASE("Integers of every width are the odd number of levels around 0, ties to even",
          "[formats]") {
  for (int bits = 2; bits <= 8; ++bits) {
    const Codebook& book = find_codebook("int" + std::to_string(bits));
    INFO(book.name);
    const float max = std::ldexp(1.0F, bits - 1) - 1;
    CHECK(book.bits == bits);
    CHECK(static_cast<float>(book.max_level()) == max);
    CHECK(book.level_count() == 2 * book.max_level() + 1);
    for (float u = 0; u < 2 * max; u += 0.25F) {
      REQUIRE(nearest_level(book, u, 1.0F) == static_cast<int>(std::min(std::nearbyint(u), max)));
    }
  }
}

TEST_CASE("Additive powers of two hold the levels of their paper's code", "[formats]") {
  CHECK(find_codebook("apot4").magnitudes == std::vector<int>{0, 1, 2, 3, 4, 6, 8, 10});
  CHECK(find_codebook("apot5").magnitudes ==
        std::vector<int>{0, 1, 2, 3, 4, 6, 8, 9, 12, 16, 18, 24, 32, 33, 36, 48});
  CHECK(find_codebook("apot6").magnitudes ==
        std::vector<int>{0,  1,  2,  3,  4,  5,  6,  7,  8,  10, 12, 14, 16, 17, 20, 21,
                         24, 28, 32, 34, 36, 38, 48, 52, 64, 65, 68, 69, 72, 76, 96, 100});
  check_rounding("apot4", {{4.9F, 4}, {5, 4}, {5.1F, 6}, {8.9F, 8}, {9, 8}, {9.1F, 10}, {20, 10}});
}

TEST_CASE("The small floating-point formats hold their finite values and round half to even",
          "[formats]") {
  // In halves: 0 0.5 1 1.5 2 3 4 6.
  CHECK(find_codebook("fp4-e2m1").magnitudes == std::vector<int>{0, 1, 2, 3, 4, 6, 8, 12});
  check_rounding("fp4-e2m1", {{0.5F, 0}, {1.5F, 2}, {2.5F, 2}, {5, 4}, {7, 8}, {10, 8}, {11, 12}});
  for (const auto& [name, exponent_bits, mantissa_bits, largest] :
       {std::tuple{"fp6-e2m3", 2, 3, 60}, {"fp6-e3m2", 3, 2, 448}}) {
    const Codebook& book = find_codebook(name);
    CHECK(book.max_level() == largest);
    REQUIRE(book.magnitudes.size() == 32);
    for (int code = 0; code < 32; ++code) {  // its value, decoded as a floating-point number
      const int field = code >> mantissa_bits;
      const double fraction = std::ldexp(code & ((1 << mantissa_bits) - 1), -mantissa_bits);
      const double value = field == 0 ? std::ldexp(fraction, 1) : std::ldexp(1 + fraction, field);
      CHECK(book.magnitudes[static_cast<size_t>(code)] == std::ldexp(value, mantissa_bits - 1));
      CHECK(book.positive_codes[static_cast<size_t>(code)] == code);
      CHECK(book.negative_codes[static_cast<size_t>(code)] == (32 | code));
    }
    CHECK(book.bits == 1 + exponent_bits + mantissa_bits);
  }
}

TEST_CASE("Each format rounds to the nearest level, but for those that say otherwise",
          "[formats]") {
  for (const Codebook& book : floatsd::codebooks()) {
    if (book.name.starts_with("sd") || book.name == "floatsd4" ||
        book.name == "floatsd4-arithmetic") {
      continue;  // geometric boundaries, or a wider zero
    }
    INFO(book.name);
    const auto max = static_cast<float>(book.max_level());
    for (float u = 0; u < 1.2F * max; u += max / 1777) {
      const auto distance = [&](int level) { return std::fabs(static_cast<float>(level) - u); };
      const int found = nearest_level(book, u, 1.0F);
      for (const int magnitude : book.magnitudes) {
        REQUIRE(distance(found) <= distance(magnitude));
      }
    }
  }
}

TEST_CASE("Codes of every width lie in a stream of bits, the first one lowest", "[formats]") {
  using Levels = std::vector<int16_t>;
  // sd3: 1, -1, 4, 0, -4 are codes 0, 4, 2, 3, 6: bits 0, 100 at 3, 010 at 6, 011 at 9, 110 at 12.
  const Codebook& sd3 = find_codebook("sd3");
  const std::vector<uint8_t> bytes = {0xA0, 0x66};
  CHECK(floatsd::pack(sd3, Levels{1, -1, 4, 0, -4}) == bytes);
  CHECK(floatsd::unpack(sd3, bytes, 5) == Levels{1, -1, 4, 0, -4});
  CHECK_THROWS_WITH(floatsd::unpack(sd3, std::vector<uint8_t>{0xA0, 0xE6}, 5),
                    "sd3: the last 1 bits are 1, expected 0 behind the last weight");
  CHECK(floatsd::pack(find_codebook("int2"), Levels{1, -1, 0, 1, -1}) ==
        std::vector<uint8_t>{0x4D, 0x03});
  CHECK_THROWS_WITH(floatsd::unpack(find_codebook("int2"), std::vector<uint8_t>{0x02}, 1),
                    "int2: weight 0 has code 2, which is no level's");
}

TEST_CASE("No two formats have one name, and codes fit their bits", "[formats]") {
  std::vector<std::string> names;
  for (const Codebook& book : floatsd::codebooks()) {
    names.push_back(book.name);
    const auto fits = [&](uint8_t code) { return code < 1 << book.bits; };
    CHECK(std::all_of(book.positive_codes.begin(), book.positive_codes.end(), fits));
    CHECK(std::all_of(book.negative_codes.begin(), book.negative_codes.end(), fits));
    CHECK(book.magnitudes.size() == book.thresholds.size() + 1);
    CHECK(std::is_sorted(book.thresholds.begin(), book.thresholds.end()));
    CHECK(book.clip > static_cast<float>(book.max_level()));
  }
  std::sort(names.begin(), names.end());
  CHECK(std::adjacent_find(names.begin(), names.end()) == names.end());
}

TEST_CASE("A format's name can define its levels", "[formats]") {
  const Codebook& mine = find_codebook("mine{0/1/3/9}");
  CHECK(mine.magnitudes == std::vector<int>{0, 1, 3, 9});
  CHECK(mine.bits == 3);
  CHECK(&find_codebook("mine{0/1/3/9}") == &mine);
  check_rounding("mine{0/1/3/9}", {{0.5F, 0}, {0.6F, 1}, {2, 3}, {2.1F, 3}, {6, 3}, {6.1F, 9}});
  check_rounding("g{0/1/2/4/8/16/32/64/geometric}", {{0.70F, 0}, {0.71F, 1}, {45.3F, 64}});
  CHECK(find_codebook("g{0/1/2/4/8/16/32/64/geometric}").thresholds ==
        find_codebook("floatsd4").thresholds);
}

TEST_CASE("A definition that is none says what is wrong", "[formats]") {
  for (const auto* name : {"mine{}", "mine{0}", "mine{1/2}", "mine{0/3/2}", "mine{0/1.5}",
                           "mine{0/", "mine{0/40000}", "{0/1}", "a b{0/1}", "mine{0/geometric}"}) {
    INFO(name);
    CHECK_THROWS_AS(find_codebook(name), floatsd::Error);
  }
  CHECK_THROWS_WITH(find_codebook("mine{0/3/2}"),
                    "format 'mine{0/3/2}': level 3 is '2', expected integers that ascend from 0, "
                    "below 32768");
}

TEST_CASE("FP8 is refused for weights, with the reason", "[formats]") {
  CHECK_THROWS_WITH(find_codebook("fp8-e4m3"), Catch::Contains("activations"));
}
