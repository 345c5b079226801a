#include "floatsd/core/codebook.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <mutex>
#include <unordered_map>

#include "core/counted.h"
#include "core/formats/integers.h"
#include "core/formats/own_levels.h"
#include "core/formats/powers_of_two.h"
#include "core/formats/signed_magnitudes.h"
#include "core/minifloat.h"
#include "core/names.h"
#include "floatsd/core/error.h"

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

/// The user's formats that were named so far; a map's entries stay where they are.
const Codebook& find_own_levels(std::string_view name) {
  static std::mutex mutex;
  static std::map<std::string, Codebook, std::less<>> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(name);
  return found != known.end() ? found->second
                              : known.emplace(std::string(name), own_levels(name)).first->second;
}

constexpr size_t kByte = 8;

size_t packed_size(const Codebook& codebook, size_t count) {
  return static_cast<size_t>(stored_bytes(codebook, static_cast<int64_t>(count)));
}

/// Bits [first, first + count) of the stream, count <= 8. Requires them to be there.
unsigned bits_at(std::span<const uint8_t> bytes, size_t first, size_t count) {
  unsigned word = bytes[first / kByte];
  if (first % kByte + count > kByte) {
    word |= static_cast<unsigned>(bytes[first / kByte + 1]) << kByte;
  }
  return word >> (first % kByte) & ((1U << count) - 1);
}

}  // namespace

std::span<const Codebook> codebooks() {
  static const std::vector<Codebook> all = {floatsd4(),
                                            floatsd4_arithmetic(),
                                            floatsd4_nearest(),
                                            floatsd4_13(),
                                            sd3(),
                                            sd5(),
                                            floatsd8_e3g32(),
                                            floatsd8_e2g33(),
                                            floatsd8_e3g23(),
                                            symmetric_int(8),
                                            symmetric_int(7),
                                            symmetric_int(6),
                                            symmetric_int(5),
                                            symmetric_int(4),
                                            symmetric_int(3),
                                            symmetric_int(2),
                                            inq5(),
                                            apot4(),
                                            apot5(),
                                            apot6(),
                                            fp4_e2m1(),
                                            fp6_e2m3(),
                                            fp6_e3m2()};
  return all;
}

const Codebook& find_codebook(std::string_view name) {
  if (defines_levels(name)) {
    return find_own_levels(name);
  }
  for (const Minifloat& format : minifloats()) {
    if (format.name == name) {
      throw Error("format '" + format.name +
                  "': its values reach beyond 32767 smallest steps, the 16 bits of a weight's "
                  "level; it is for activations and gradients");
    }
  }
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

std::vector<uint8_t> pack(const Codebook& codebook, std::span<const int16_t> levels) {
  std::vector<uint8_t> bytes(packed_size(codebook, levels.size()), 0);
  for (size_t i = 0; i < levels.size(); ++i) {
    const size_t index = magnitude_index(codebook, levels[i]);
    const uint8_t code =
        levels[i] < 0 ? codebook.negative_codes[index] : codebook.positive_codes[index];
    const size_t first = i * static_cast<size_t>(codebook.bits);
    const unsigned placed = static_cast<unsigned>(code) << (first % kByte);
    bytes[first / kByte] |= static_cast<uint8_t>(placed);
    if (placed >> kByte != 0) {
      bytes[first / kByte + 1] |= static_cast<uint8_t>(placed >> kByte);
    }
  }
  return bytes;
}

std::vector<int16_t> unpack(const Codebook& codebook, std::span<const uint8_t> bytes,
                            size_t count) {
  if (bytes.size() != packed_size(codebook, count)) {
    throw Error(codebook.name + ": " + std::to_string(bytes.size()) + " bytes, expected " +
                std::to_string(packed_size(codebook, count)) + " for " + counted(count, "weight"));
  }
  const auto bits = static_cast<size_t>(codebook.bits);
  const size_t used = count * bits % kByte;
  if (used != 0 && bytes.back() >> used != 0) {
    throw Error(codebook.name + ": the last " + std::to_string(kByte - used) + " bits are " +
                std::to_string(bytes.back() >> used) + ", expected 0 behind the last weight");
  }
  std::unordered_map<unsigned, int16_t> level_of;
  for (size_t i = 0; i < codebook.magnitudes.size(); ++i) {
    const auto magnitude = static_cast<int16_t>(codebook.magnitudes[i]);
    level_of.emplace(codebook.positive_codes[i], magnitude);
    level_of.emplace(codebook.negative_codes[i], static_cast<int16_t>(-magnitude));
  }
  std::vector<int16_t> levels(count);
  for (size_t i = 0; i < count; ++i) {
    const unsigned code = bits_at(bytes, i * bits, bits);
    const auto found = level_of.find(code);
    if (found == level_of.end()) {
      throw FormatViolation(codebook.name + ": weight " + std::to_string(i) + " has code " +
                            std::to_string(code) + ", which is no level's");
    }
    levels[i] = found->second;
  }
  return levels;
}

int64_t stored_bytes(const Codebook& codebook, int64_t weights) {
  constexpr int64_t kBits = 8;  // of a byte
  return (weights * codebook.bits + kBits - 1) / kBits;
}

}  // namespace floatsd
