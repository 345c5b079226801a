#include "products.h"

#include <algorithm>
#include <map>

#include "array.h"
#include "fill.h"
#include "identifier.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

/// From so many outputs on a table of products is made.
constexpr int64_t kOutputsOfTable = 4;

std::map<int, int> levels_by_code(const Codebook& codebook) {
  std::map<int, int> levels;
  for (size_t i = 0; i < codebook.magnitudes.size(); ++i) {
    levels[codebook.positive_codes[i]] = codebook.magnitudes[i];
    levels[codebook.negative_codes[i]] = -codebook.magnitudes[i];
  }
  return levels;
}

/// Whether codes are levels in two's complement.
bool holds_integers(const Codebook& codebook) {
  const std::map<int, int> levels = levels_by_code(codebook);
  return std::all_of(levels.begin(), levels.end(), [&](const auto& entry) {
    const auto& [code, level] = entry;
    return code == (level & ((1 << codebook.bits) - 1));
  });
}

/// Whether codes are a sign above an exponent, all ones for 0.
bool holds_exponents(const Codebook& codebook) {
  bool has = codebook.positive_codes[0] == (1 << (codebook.bits - 1)) - 1;
  for (size_t i = 1; i < codebook.magnitudes.size(); ++i) {
    has = has && codebook.magnitudes[i] == 1 << codebook.positive_codes[i];
  }
  return has;
}

/// The loop over `count` codes from `codes` on; `body` has $code in the place of a code.
std::string loop_over_codes(int bits, const std::string& body) {
  const auto with = [&](const char* code) { return fill(body, {{"code", code}}); };
  if (bits == 8) {
    return fill(R"(  for (; count > 0; --count) {
    const uint8_t code = *codes++;
    $body
  }
)",
                {{"body", with("code")}});
  }
  if (bits == 4) {
    return fill(
        R"(  uint16_t pairs = count >> 1;
  for (; pairs > 0; --pairs) {
    const uint8_t pair = *codes++;
    $low
    $high
  }
  if (count & 1) {
    $last
  }
)",
        {{"low", with("pair & 15")}, {"high", with("pair >> 4")}, {"last", with("*codes & 15")}});
  }
  return fill(
      R"(  uint16_t held = 0;
  uint8_t bits = 0;
  for (; count > 0; --count) {
    uint8_t code;
    if (bits < $bits) {
      held = (uint16_t)(held | (uint16_t)*codes++ << bits);
      bits += 8;
    }
    code = held & $mask;
    held = (uint16_t)(held >> $bits);
    bits -= $bits;
    $body
  }
)",
      {{"bits", to_string(bits)}, {"mask", to_string((1 << bits) - 1)}, {"body", with("code")}});
}

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

/// The statements that double x up to the highest digit of the largest level: digits of a
/// non-adjacent form reach 2^k from 2/3 * 2^k on.
std::string doublings(const Codebook& codebook) {
  std::string text;
  for (int exponent = 1; 2 << exponent < 3 * codebook.max_level(); ++exponent) {
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

/// sums[o] += x * level of codes[o], by a table of the products of x.
std::string row_by_table(const Codebook& codebook, const std::string& format) {
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

/// The same for integers of more than 4 bits: level = low + 16 * high.
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

/// x times one weight: a shift.
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

/// x times one weight: an addition for each bit of its level that is set.
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

/// The same, each product by itself.
std::string row_by_products(const Codebook& codebook, const std::string& format) {
  return fill(
      R"(/* Adds x times each of a short row's weights ($name) to their sums. */
static void add_short_row_$format(int32_t *sums, const uint8_t *codes, uint16_t count, int32_t x)
{
$loop}

)",
      {{"name", in_comment(codebook.name)},
       {"format", format},
       {"loop", loop_over_codes(codebook.bits, "*sums++ += product_" + format + "($code, x);")}});
}

/// `length` is "" or "short_".
std::string tap_of_rows(const std::string& length, const std::string& format) {
  return fill(
      R"(/* One kernel position: each input value times its row of weights. What stands for 0 is passed
 * over. */
static void add_${length}tap_$format(const struct layer *layer, const uint8_t *in,
    const uint8_t *weights, int32_t *sums)
{
  uint16_t group, i;
  for (group = 0; group < layer->groups; ++group) {
    for (i = 0; i < layer->inputs; ++i) {
      const int32_t x = (int32_t)*in++ - layer->input_zero;
      if (x != 0) {
        add_${length}row_$format(sums, weights, layer->outputs, x);
      }
      weights += layer->row_bytes;
    }
    sums += layer->outputs;
  }
}

)",
      {{"length", length}, {"format", format}});
}

std::string tap_of_channels(const Codebook& codebook, const std::string& format) {
  const std::string body =
      "*sums++ += product_" + format + "($code, (int32_t)*in++ - layer->input_zero);";
  return fill(R"(/* One kernel position of a depthwise layer: each channel has its own weight. */
static void add_depthwise_tap_$format(const struct layer *layer, const uint8_t *in,
    const uint8_t *codes, int32_t *sums)
{
  uint16_t count = layer->channels;
$loop}

)",
              {{"format", format}, {"loop", loop_over_codes(codebook.bits, body)}});
}

}  // namespace

TapFunction tap_function(const Codebook& codebook, const std::string& format,
                         const WeightRows& rows) {
  const bool is_short = rows.outputs < kOutputsOfTable;
  if (!is_short) {
    const bool in_halves = codebook.bits > 4 && holds_integers(codebook);
    return {"add_tap_" + format,
            {in_halves ? row_by_halves(codebook, format) : row_by_table(codebook, format),
             tap_of_rows("", format)}};
  }
  const std::string product = holds_exponents(codebook) ? product_by_shift(codebook, format)
                                                        : product_by_bits(codebook, format);
  if (rows.is_depthwise()) {
    return {"add_depthwise_tap_" + format, {product, tap_of_channels(codebook, format)}};
  }
  return {"add_short_tap_" + format,
          {product, row_by_products(codebook, format), tap_of_rows("short_", format)}};
}

}  // namespace floatsd::emit::c
