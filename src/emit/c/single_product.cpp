#include "emit/c/single_product.h"

#include <bit>
#include <vector>

#include "emit/c/array.h"
#include "emit/c/code_loop.h"
#include "emit/c/fill.h"
#include "emit/c/identifier.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

std::string product_by_shift(const Codebook& codebook, const std::string& format) {
  const int sign = 1 << (codebook.bits - 1);
  return fill(R"(/* x times one weight ($name): its code is a sign above an exponent. */
static int32_t product_$format(uint8_t code, int32_t x)
{
  const uint8_t exponent = code & $zero;
  const uint32_t magnitude = (uint32_t)(x < 0 ? -x : x) << exponent;
  if (exponent == $zero) {
    return 0;
  }
  return (code >= $sign) == (x < 0) ? (int32_t)magnitude : -(int32_t)magnitude;
}

)",
              {{"name", in_comment(codebook.name)},
               {"format", format},
               {"zero", to_string(sign - 1)},
               {"sign", to_string(sign)}});
}

std::string product_by_bits(const Codebook& codebook, const std::string& format) {
  const std::map<int, int> by_code = levels_by_code(codebook);
  std::vector<int> levels(size_t{1} << codebook.bits);
  for (const auto& [code, level] : by_code) {
    levels[code] = level;
  }
  return array<int>("int16_t", "levels_" + format, levels) +
         fill(R"(
/* x times one weight ($name), by the bits of its level. */
static int32_t product_$format(uint8_t code, int32_t x)
{
  const int16_t level = levels_$format[code];
  uint16_t bits = (uint16_t)(level < 0 ? -level : level);
  int32_t product = 0;
  for (; bits != 0; bits >>= 1, x += x) {
    if (bits & 1) {
      product += x;
    }
  }
  return level < 0 ? -product : product;
}

)",
              {{"name", in_comment(codebook.name)}, {"format", format}});
}

}  // namespace

std::string single_product(const Codebook& codebook, const std::string& format) {
  return holds_exponents(codebook) ? product_by_shift(codebook, format)
                                   : product_by_bits(codebook, format);
}

int64_t product_table_bytes(const Codebook& codebook) {
  return holds_exponents(codebook) ? 0 : int64_t{sizeof(int16_t)} << codebook.bits;
}

COperations product_operations(const Codebook& codebook) {
  if (holds_exponents(codebook)) {
    return {.shifts = 1};
  }
  const int64_t bits = std::bit_width(static_cast<uint32_t>(codebook.max_level()));
  return {.shifts = bits, .additions = 2 * bits};
}

}  // namespace floatsd::emit::c
