#include "emit/c/code_loop.h"

#include <algorithm>

#include "emit/c/fill.h"

namespace floatsd::emit::c {

using std::to_string;

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

std::map<int, int> levels_by_code(const Codebook& codebook) {
  std::map<int, int> levels;
  for (size_t i = 0; i < codebook.magnitudes.size(); ++i) {
    levels[codebook.positive_codes[i]] = codebook.magnitudes[i];
    levels[codebook.negative_codes[i]] = -codebook.magnitudes[i];
  }
  return levels;
}

bool holds_integers(const Codebook& codebook) {
  const std::map<int, int> levels = levels_by_code(codebook);
  return std::all_of(levels.begin(), levels.end(), [&](const auto& entry) {
    const auto& [code, level] = entry;
    return code == (level & ((1 << codebook.bits) - 1));
  });
}

bool holds_exponents(const Codebook& codebook) {
  bool has = codebook.positive_codes[0] == (1 << (codebook.bits - 1)) - 1;
  for (size_t i = 1; i < codebook.magnitudes.size(); ++i) {
    has = has && codebook.magnitudes[i] == 1 << codebook.positive_codes[i];
  }
  return has;
}

}  // namespace floatsd::emit::c
