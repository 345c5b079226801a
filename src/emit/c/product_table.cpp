#include "emit/c/product_table.h"

#include <algorithm>

#include "emit/c/code_loop.h"
#include "emit/c/fill.h"
#include "emit/c/identifier.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

/// x * 2^exponent, which the C has computed before: "x", "x1", "x2" ...
std::string doubled(int exponent) {
  std::string name(1, 'x');
  return exponent == 0 ? name : name += to_string(exponent);
}

/// level * x as a sum of doubled values: the digits of the level's non-adjacent form, the highest
/// first; "0" of level 0. Requires level >= 0.
std::string sum_of_doubled(int level) {
  if (level == 0) {
    return "0";
  }
  std::string sum;
  for (int exponent = 0; level != 0; ++exponent, level /= 2) {
    if (level % 2 != 0) {
      const int digit = level % 4 == 1 ? 1 : -1;
      level -= digit;
      std::string term(digit == 1 ? "+ " : "- ");
      term += doubled(exponent);
      sum = sum.empty() ? term : term.append(" ").append(sum);
    }
  }
  return sum.substr(2);  // the highest digit is positive
}

/// How often x is doubled, up to the highest digit of the largest level: digits of a
/// non-adjacent form reach 2^k from 2/3 * 2^k on.
int count_doublings(const Codebook& codebook) {
  int count = 0;
  while (4 << count < 3 * codebook.max_level()) {
    ++count;
  }
  return count;
}

/// The statements that double x.
std::string doublings(const Codebook& codebook) {
  std::string text;
  for (int exponent = 1; exponent <= count_doublings(codebook); ++exponent) {
    text += fill("  const int32_t $all = $half + $half;\n",
                 {{"all", doubled(exponent)}, {"half", doubled(exponent - 1)}});
  }
  return text;
}

/// Of a format whose codes are a sign above a magnitude: one assignment a magnitude.
std::string products_of_magnitudes(const Codebook& codebook) {
  const int half = 1 << (codebook.bits - 1);
  std::map<int, int> levels = levels_by_code(codebook);
  std::string text;
  for (int code = 0; code < half; ++code) {
    const int level = levels[code];  // 0 for a code that is no level's
    text += fill("  product[$code] = $product;\n",
                 {{"code", to_string(code)}, {"product", sum_of_doubled(level)}});
  }
  return text + fill(R"(  for (i = 0; i < $half; ++i) {
    product[$half + i] = -product[i];
  }
)",
                     {{"half", to_string(half)}});
}

std::string products_of_integers(const Codebook& codebook) {
  return fill(
      R"(  product[0] = 0;
  for (i = 1; i < $half; ++i) {
    product[i] = product[i - 1] + x;
    product[$all - i] = -product[i];
  }
)",
      {{"half", to_string(1 << (codebook.bits - 1))}, {"all", to_string(1 << codebook.bits)}});
}

bool has_halves(const Codebook& codebook) { return codebook.bits > 4 && holds_integers(codebook); }

/// A product for each code.
std::string row_by_products(const Codebook& codebook, const std::string& format) {
  const bool integers = holds_integers(codebook);
  return fill(
      R"(/* Adds x times each of a row's weights ($name) to their sums: the products of x and every
 * level are made first, by additions, and each weight looks its own up. */
static void add_row_$format(int32_t *sums, const uint8_t *codes, uint16_t count, int32_t x)
{
$doublings  int32_t product[$all];
  uint16_t i;
$products$loop}

)",
      {{"name", in_comment(codebook.name)},
       {"format", format},
       {"all", to_string(1 << codebook.bits)},
       {"doublings", integers ? "" : doublings(codebook)},
       {"products", integers ? products_of_integers(codebook) : products_of_magnitudes(codebook)},
       {"loop", loop_over_codes(codebook.bits, "*sums++ += product[$code];")}});
}

/// Integers of more than 4 bits: level = low + 16 * high.
std::string row_by_halves(const Codebook& codebook, const std::string& format) {
  const int half = 1 << (codebook.bits - 5);
  return fill(
      R"(/* Adds x times each of a row's weights ($name) to their sums. A weight is its lower four bits
 * plus 16 times its upper ones, which are signed: both products are made first, by additions. */
static void add_row_$format(int32_t *sums, const uint8_t *codes, uint16_t count, int32_t x)
{
  int32_t low[16], high[$all], product;
  uint16_t i;
  low[0] = 0;
  for (i = 1; i < 16; ++i) {
    low[i] = low[i - 1] + x;
  }
  high[0] = 0;
  product = low[15] + x;
  for (i = 1; i < $half; ++i) {
    high[i] = product + high[i - 1];
    high[$all - i] = -high[i];
  }
  high[$half] = -product - high[$half - 1];
$loop}

)",
      {{"name", in_comment(codebook.name)},
       {"format", format},
       {"all", to_string(2 * half)},
       {"half", to_string(half)},
       {"loop", loop_over_codes(codebook.bits, "*sums++ += low[$code & 15] + high[$code >> 4];")}});
}

}  // namespace

std::string row_by_table(const Codebook& codebook, const std::string& format) {
  return has_halves(codebook) ? row_by_halves(codebook, format) : row_by_products(codebook, format);
}

COperations table_operations(const Codebook& codebook) {
  const int half = 1 << (codebook.bits - 1);
  if (has_halves(codebook)) {
    return {.additions = 15 + 1 + 2 * ((half >> 4) - 1) + 2};
  }
  if (holds_integers(codebook)) {
    return {.additions = 2 * (half - 1)};
  }
  int64_t additions = count_doublings(codebook) + half;  // the negative ones
  for (const int level : codebook.magnitudes) {
    const std::string sum = sum_of_doubled(level);
    additions += std::count(sum.begin(), sum.end(), ' ') / 2;
  }
  return {.additions = additions};
}

COperations lookup_operations(const Codebook& codebook) {
  return {.additions = has_halves(codebook) ? 2 : 1};
}

}  // namespace floatsd::emit::c
