#pragma once
// Digit groups: a weight of the FloatSD trainer as signed-digit groups and an exponent, and the
// single-trigger update that moves it. train/single_trigger.h keeps tensors of them.
//
// A group of n digits has at most one that is not 0: its states, by index, are -2^(n-1) ... -2, -1,
// 0, 1, 2 ... 2^(n-1). The groups stand side by side, the most significant first, so that one
// least digit of a group is 2^n least digits of the next:
//
//     value = (sum over groups of state * 2^least_digit(group)) * 2^(exponent - offset)
//
// The offset belongs to the whole tensor. A network computes with the first groups alone.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace floatsd {

inline constexpr size_t kDigitGroups = 8;

/// How a weight is divided.
struct DigitForm {
  std::string name;  ///< as in configs: "floatsd4"
  int exponent_bits = 0;
  std::array<int, kDigitGroups> digits{};  ///< of each group, 2 or 3
  size_t computing_groups = 0;  ///< so many of the first are what a network computes with

  [[nodiscard]] int max_exponent() const { return (1 << exponent_bits) - 1; }
  /// Digits to the right of a group.
  [[nodiscard]] int least_digit(size_t group) const;
  /// Of all groups together.
  [[nodiscard]] int digit_count() const { return least_digit(0) + digits[0]; }
};

/// floatsd4: 2 exponent bits, eight groups of 3 digits, the first computes: the levels of
/// floatsd4-13. floatsd8: 3 exponent bits, groups of 3, 2, 3, 3, 2, 3, 3, 3, the first two compute:
/// the levels of floatsd8-e3g32.
std::span<const DigitForm> digit_forms();

/// The form of that name; valid for the life of the program. Throws Error with a suggestion.
const DigitForm& find_digit_form(std::string_view name);

struct DigitGroups {
  std::array<uint8_t, kDigitGroups> index{};  ///< of each group's state, 0 .. 2 * digits
  int exponent = 0;

  bool operator==(const DigitGroups&) const = default;
};

/// Every state 0, exponent 0.
DigitGroups zero_groups(const DigitForm& form);

/// The value of the first `groups` groups, exactly.
double value_of(const DigitForm& form, const DigitGroups& weight, int offset,
                size_t groups = kDigitGroups);

/// The largest value at exponent 0: every state at its top.
double largest_value(const DigitForm& form, int offset);

/// The weight nearest to `value` at the smallest exponent, `least_exponent` or more, that reaches
/// it; the largest or smallest one if none does. Of two equally near the one further in the
/// direction `onward`, 1 or -1. Requires a finite value.
DigitGroups nearest_groups(const DigitForm& form, double value, int offset, int least_exponent = 0,
                           int onward = 1);

/// The smallest update that moves a group.
enum class Trigger {
  kHalfDigit,  ///< half its least digit: as the FloatSD package
  kDigit,      ///< its least digit
};

/// What happens if a group is to move beyond its last state.
enum class Carry {
  /// As in the FloatSD package: it wraps to its opposite end, and the next more significant group
  /// moves by one state, whatever that is worth. If that is the first one, the exponent rises,
  /// all other groups halve (a state toward 0), and at the highest exponent nothing more happens.
  /// So the weight may move by 0, by twice the step, or the other way.
  kWrap,
  /// The weight that is nearest to the old one plus a step of the size of the group's last state.
  kExact,
};

/// "half-digit" or "digit"; "wrap" or "exact". Throw Error, with a suggestion, on anything else.
Trigger parse_trigger(std::string_view name);
Carry parse_carry(std::string_view name);
std::string to_string(Trigger trigger);
std::string to_string(Carry carry);

/// The single-trigger update: of the groups that `update`, a real number, is large enough for, the
/// most significant moves by one state in the update's direction, however large that is. The
/// thresholds grow with the weight's exponent. An update too small for any group, or NaN, is lost.
DigitGroups single_trigger_update(const DigitForm& form, DigitGroups weight, int offset,
                                  double update, Trigger trigger, Carry carry);

/// A weight in 32 bits: 3 for each index, the first group's above the others', and the exponent
/// above them.
uint32_t pack_groups(const DigitGroups& weight);

/// Throws Error if an index or the exponent is not one of the form.
DigitGroups unpack_groups(const DigitForm& form, uint32_t bits);

}  // namespace floatsd
