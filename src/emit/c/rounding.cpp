#include "emit/c/rounding.h"

#include <algorithm>

#include "emit/c/array.h"

namespace floatsd::emit::c {
namespace {

constexpr int kBitsOfMultiplier = 15;  // a power of two among multipliers is 2^15
constexpr int kLargestShift = 32;      // from here on every sum below 2^31 rounds to 0

const char* const kByShift =
    R"(/* floor(sum / 2^shift + 1/2) + zero, from lower to upper. What is shifted is the magnitude, as C
 * leaves open what a right shift makes of a negative number: of one, a little less than half is
 * added, so that halves go up. A negative shift goes to the left. */
static uint8_t code_by_shift(int32_t sum, int8_t shift, uint8_t zero, uint8_t lower,
                             uint8_t upper)
{
  const uint8_t negative = sum < 0;
  uint32_t magnitude = (uint32_t)(negative ? -sum : sum);
  if (shift > 31) {
    magnitude = 0;
  } else if (shift > 0) {
    magnitude = (magnitude + ((uint32_t)1 << (shift - 1)) - negative) >> shift;
  } else {
    magnitude = (magnitude > 256 ? 256 : magnitude) << -shift;
  }
  sum = (negative ? -(int32_t)magnitude : (int32_t)magnitude) + zero;
  return (uint8_t)(sum < lower ? lower : sum > upper ? upper : sum);
}

)";

const char* const kByMultiplier =
    R"(/* floor(sum * multiplier / 2^shift + 1/2) + zero, from lower to upper. Zero and half are added ahead
 * of the shift; what is negative then ends at lower, so that no negative number is shifted. */
static uint8_t code_by_multiplier(int32_t sum, uint16_t multiplier, uint8_t shift, uint8_t zero,
                                  uint8_t lower, uint8_t upper)
{
  const int64_t zero_and_half = (int64_t)((uint16_t)zero * 2 + 1) << (shift - 1);
  const int64_t total = (int64_t)sum * multiplier + zero_and_half;
  const uint64_t code = total < 0 ? 0 : (uint64_t)total >> shift;
  return (uint8_t)(code < lower ? lower : code > upper ? upper : code);
}

)";

/// As the C of that rounding has it.
int stored_shift(const FixedPoint& by, Rounding rounding) {
  return rounding == Rounding::kShift ? shift_alone(by) : by.shift;
}

}  // namespace

Rounding rounding_of(std::span<const FixedPoint> multipliers) {
  const bool shifts = std::all_of(multipliers.begin(), multipliers.end(), [](const FixedPoint& by) {
    return by.multiplier == 0 || by.multiplier == 1 << kBitsOfMultiplier;
  });
  return shifts ? Rounding::kShift : Rounding::kMultiply;
}

int shift_alone(const FixedPoint& multiplier) {
  return multiplier.multiplier == 0 ? kLargestShift
                                    : std::min(multiplier.shift - kBitsOfMultiplier, kLargestShift);
}

std::string rounding_function(Rounding rounding) {
  return rounding == Rounding::kShift ? kByShift : kByMultiplier;
}

COperations rounding_operations(Rounding rounding) {
  return rounding == Rounding::kShift
             ? COperations{.shifts = 2, .additions = 3}
             : COperations{.multiplications = 1, .shifts = 2, .additions = 2};
}

std::string code_of(const std::string& sum, Rounding rounding, const std::string& multiplier,
                    const std::string& shift, int32_t zero_point) {
  const std::string range = ", " + std::to_string(zero_point) + ", 0, 255)";
  return rounding == Rounding::kShift
             ? "code_by_shift(" + sum + ", " + shift + range
             : "code_by_multiplier(" + sum + ", " + multiplier + ", " + shift + range;
}

std::string code_of(const std::string& sum, const FixedPoint& by, int32_t zero_point) {
  const Rounding rounding = rounding_of({&by, 1});
  return code_of(sum, rounding, std::to_string(by.multiplier),
                 std::to_string(stored_shift(by, rounding)), zero_point);
}

std::string fixed_points(std::span<const FixedPoint> by, const std::string& id, Rounding rounding) {
  std::vector<int> shifts;
  std::vector<int> multipliers;
  for (const FixedPoint& one : by) {
    multipliers.push_back(one.multiplier);
    shifts.push_back(stored_shift(one, rounding));
  }
  if (rounding == Rounding::kShift) {
    return array<int>("int8_t", id + "_shifts", shifts);
  }
  return array<int>("uint16_t", id + "_multipliers", multipliers) +
         array<int>("uint8_t", id + "_shifts", shifts);
}

int64_t fixed_point_bytes(Rounding rounding) { return rounding == Rounding::kShift ? 1 : 3; }

}  // namespace floatsd::emit::c
