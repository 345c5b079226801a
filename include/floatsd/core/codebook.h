#pragma once
// Codebook: a weight format as a finite set of integer levels, the rule that picks one, and the
// bit code that stores it. A quantized weight is level * scale; everything that is particular to
// FloatSD4, INT8 ... stands in its Codebook, so that one training path and one integer network
// serve them all. Adding a format: a function in src/core/formats, its line in
// src/core/codebook.cpp, its levels in tests/core/formats_test.cpp.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace floatsd {

/// A symmetric set of integer levels {0, ±l1, ±l2, ... ±max_level()}, below 2^15.
///
/// Rounding is a table, so that every backend picks the same level: for u = |w| / scale the level
/// is magnitudes[i], i = the number of thresholds <= u, with the sign of w. NaN picks 0.
struct Codebook {
  std::string name;             ///< as in configs: "floatsd4", "int8"
  int bits = 0;                 ///< of a stored code, 1..8
  std::vector<int> magnitudes;  ///< 0 = magnitudes[0] < magnitudes[1] < ...
  std::vector<float>
      thresholds;  ///< thresholds[i]: the smallest u that rounds to magnitudes[i + 1]
  float clip = 0;  ///< straight-through gradient is 1 for u < clip, else 0
  std::vector<uint8_t> positive_codes;  ///< bit code of +magnitudes[i]; [0] is the code of zero
  std::vector<uint8_t>
      negative_codes;  ///< bit code of -magnitudes[i]; [0] is a second code of zero, or the same

  [[nodiscard]] int max_level() const { return magnitudes.back(); }
  /// Levels with their signs, zero once.
  [[nodiscard]] int level_count() const { return 2 * static_cast<int>(magnitudes.size()) - 1; }
};

/// The codebook of that name, or that it defines (docs/formats.md, Your own); the reference stays
/// valid for the life of the program. Throws Error, with a suggestion, if there is none.
const Codebook& find_codebook(std::string_view name);

/// Every codebook, in the order in which `floatsd formats` prints them.
std::span<const Codebook> codebooks();

/// True if `level` is one that the codebook holds.
bool contains(const Codebook& codebook, int level);

/// The level of w at that scale (see Codebook). Requires scale > 0.
int nearest_level(const Codebook& codebook, float w, float scale);

/// The fewest signed powers of two that sum to `value`: the non-zero digits of its non-adjacent
/// form (Reitwiesner 1960).
int signed_powers_of_two(int value);

/// The shifted copies of an activation that a multiplication adds up, at the worst level (1 for
/// FloatSD4): the largest signed_powers_of_two of a level.
int partial_products(const Codebook& codebook);

/// Levels to stored bytes: a stream of `bits` a code, the first in the lowest bits of the first
/// byte; what is left of the last byte is 0. Throws Error on a level that the codebook does not
/// hold.
std::vector<uint8_t> pack(const Codebook& codebook, std::span<const int16_t> levels);

/// Stored bytes to `count` levels. Throws Error if the byte count does not fit `count`, or a
/// code is no level's.
std::vector<int16_t> unpack(const Codebook& codebook, std::span<const uint8_t> bytes, size_t count);

/// Bytes that so many weights take as they are stored; scales and biases come on top.
int64_t stored_bytes(const Codebook& codebook, int64_t weights);

}  // namespace floatsd
