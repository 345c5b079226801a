#include "floatsd/core/codebook.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <unordered_map>

#include "floatsd/core/error.h"
#include "floatsd/core/formats/floatsd4.h"
#include "floatsd/core/formats/integers.h"
#include "floatsd/core/names.h"

namespace floatsd {
namespace {

size_t magnitude_index(const Codebook& codebook, int level) {
  const auto& m = codebook.magnitudes;
  const auto found = std::lower_bound(m.begin(), m.end(), std::abs(level));
  if (found == m.end() || *found != std::abs(level)) {
    throw Error(codebook.name + ": level " + std::to_string(level) + " is not one of its levels");
  }
  return static_cast<size_t>(found - m.begin());
}

size_t packed_size(const Codebook& codebook, size_t count) {
  return codebook.bits == 4 ? (count + 1) / 2 : count;
}

uint8_t stored_code(const Codebook& codebook, std::span<const uint8_t> bytes, size_t i) {
  if (codebook.bits != 4) {
    return bytes[i];
  }
  return i % 2 == 0 ? bytes[i / 2] & 0xF : bytes[i / 2] >> 4;
}

}  // namespace

std::span<const Codebook> codebooks() {
  static const std::vector<Codebook> all = {floatsd4(), int8(), int4()};
  return all;
}

const Codebook& find_codebook(std::string_view name) {
  return find_entry("format", name, codebooks());
}

bool contains(const Codebook& codebook, int level) {
  return std::binary_search(codebook.magnitudes.begin(), codebook.magnitudes.end(),
                            std::abs(level));
}

int nearest_level(const Codebook& codebook, float w, float scale) {
  const float u = std::fabs(w) / scale;
  if (std::isnan(u)) {
    return 0;
  }
  const auto& t = codebook.thresholds;
  const auto index = static_cast<size_t>(std::upper_bound(t.begin(), t.end(), u) - t.begin());
  return w < 0 ? -codebook.magnitudes[index] : codebook.magnitudes[index];
}

int signed_powers_of_two(int value) {
  int count = 0;
  for (value = std::abs(value); value != 0; value /= 2) {
    if (value % 2 != 0) {
      value -= 2 - value % 4;  // a digit of 1 or -1
      ++count;
    }
  }
  return count;
}

int partial_products(const Codebook& codebook) {
  int worst = 0;
  for (const int magnitude : codebook.magnitudes) {
    worst = std::max(worst, signed_powers_of_two(magnitude));
  }
  return worst;
}

std::vector<uint8_t> pack(const Codebook& codebook, std::span<const int8_t> levels) {
  std::vector<uint8_t> bytes(packed_size(codebook, levels.size()), 0);
  for (size_t i = 0; i < levels.size(); ++i) {
    const size_t index = magnitude_index(codebook, levels[i]);
    const uint8_t code =
        levels[i] < 0 ? codebook.negative_codes[index] : codebook.positive_codes[index];
    if (codebook.bits == 4) {
      bytes[i / 2] |= static_cast<uint8_t>(i % 2 == 0 ? code : code << 4);
    } else {
      bytes[i] = code;
    }
  }
  return bytes;
}

std::vector<int8_t> unpack(const Codebook& codebook, std::span<const uint8_t> bytes, size_t count) {
  if (bytes.size() != packed_size(codebook, count)) {
    throw Error(codebook.name + ": " + std::to_string(bytes.size()) + " bytes, expected " +
                std::to_string(packed_size(codebook, count)) + " for " + std::to_string(count) +
                " weights");
  }
  if (codebook.bits == 4 && count % 2 != 0 && bytes.back() >> 4 != 0) {
    throw Error(codebook.name + ": the last high nibble is " + std::to_string(bytes.back() >> 4) +
                ", expected 0 after an odd number of weights");
  }
  std::unordered_map<uint8_t, int8_t> level_of;
  for (size_t i = 0; i < codebook.magnitudes.size(); ++i) {
    const auto magnitude = static_cast<int8_t>(codebook.magnitudes[i]);
    level_of.emplace(codebook.positive_codes[i], magnitude);
    level_of.emplace(codebook.negative_codes[i], static_cast<int8_t>(-magnitude));
  }
  std::vector<int8_t> levels(count);
  for (size_t i = 0; i < count; ++i) {
    const uint8_t code = stored_code(codebook, bytes, i);
    const auto found = level_of.find(code);
    if (found == level_of.end()) {
      throw FormatViolation(codebook.name + ": weight " + std::to_string(i) + " has code " +
                            std::to_string(code) + ", which is no level's");
    }
    levels[i] = found->second;
  }
  return levels;
}

}  // namespace floatsd
