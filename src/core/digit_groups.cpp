#include "floatsd/core/digit_groups.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/enum_names.h"
#include "floatsd/core/error.h"

namespace floatsd {
namespace {

const EnumNames<Trigger> kTriggers({"half-digit", "digit"});
const EnumNames<Carry> kCarries({"wrap", "exact"});

int top_index(const DigitForm& form, size_t group) { return 2 * form.digits[group]; }

/// The state of that index, in least digits of its group.
int state(const DigitForm& form, size_t group, int index) {
  const int from_zero = index - form.digits[group];
  if (from_zero == 0) {
    return 0;
  }
  return from_zero > 0 ? 1 << (from_zero - 1) : -(1 << (-from_zero - 1));
}

/// In least digits of the last of those groups. Requires one at least.
int mantissa(const DigitForm& form, const DigitGroups& weight, size_t groups) {
  int sum = 0;
  for (size_t k = 0; k < groups; ++k) {
    sum = sum * (1 << form.digits[k]) + state(form, k, weight.index[k]);
  }
  return sum;
}

double largest_mantissa(const DigitForm& form) {
  DigitGroups top;
  for (size_t k = 0; k < kDigitGroups; ++k) {
    top.index[k] = static_cast<uint8_t>(top_index(form, k));
  }
  return mantissa(form, top, kDigitGroups);
}

/// Searches the groups from `group` on for those that leave the least of `rest`. One state below
/// what is wanted and one above are enough to try: what the groups behind can add is less than a
/// least digit.
class NearestSearch {
 public:
  NearestSearch(const DigitForm& form, int onward) : form_(form), onward_(onward) {}

  std::array<uint8_t, kDigitGroups> find(double mantissa) {
    descend(0, mantissa);
    return best_;
  }

 private:
  void descend(size_t group, double rest) {
    if (group == kDigitGroups) {
      keep_if_nearer(rest);
      return;
    }
    const double wanted = std::ldexp(rest, -form_.least_digit(group));
    int above = 0;
    while (above < top_index(form_, group) && state(form_, group, above) < wanted) {
      ++above;
    }
    for (int index = std::max(above - 1, 0); index <= above; ++index) {
      tried_[group] = static_cast<uint8_t>(index);
      descend(group + 1, rest - std::ldexp(state(form_, group, index), form_.least_digit(group)));
    }
  }

  void keep_if_nearer(double rest) {
    const double distance = std::fabs(rest);
    if (distance < distance_ || (distance == distance_ && rest * onward_ < best_rest_ * onward_)) {
      distance_ = distance;
      best_rest_ = rest;
      best_ = tried_;
    }
  }

  const DigitForm& form_;
  int onward_;
  std::array<uint8_t, kDigitGroups> tried_{}, best_{};
  double distance_ = std::numeric_limits<double>::infinity(), best_rest_ = 0;
};

/// The exponent one higher, and so the first group, which keeps its state, worth twice as much.
void raise_exponent(const DigitForm& form, DigitGroups& weight) {
  ++weight.exponent;
  for (size_t k = 1; k < kDigitGroups; ++k) {
    const int zero = form.digits[k];
    const int index = weight.index[k];
    weight.index[k] = static_cast<uint8_t>(index + (index < zero) - (index > zero));
  }
}

DigitGroups wrap_and_carry(const DigitForm& form, DigitGroups weight, size_t group, int direction) {
  for (size_t k = group;; --k) {
    const int end = direction > 0 ? top_index(form, k) : 0;
    if (weight.index[k] != end) {
      weight.index[k] = static_cast<uint8_t>(weight.index[k] + direction);
      return weight;
    }
    if (k == 0) {
      if (weight.exponent < form.max_exponent()) {
        raise_exponent(form, weight);
      }
      return weight;
    }
    weight.index[k] = static_cast<uint8_t>(top_index(form, k) - end);
  }
}

/// From its last state a group would go on to twice that.
DigitGroups carry_exactly(const DigitForm& form, const DigitGroups& weight, int offset,
                          size_t group, int direction) {
  const int power = form.least_digit(group) + form.digits[group] - 1 + weight.exponent - offset;
  const double target = value_of(form, weight, offset) + std::ldexp(direction, power);
  return nearest_groups(form, target, offset, weight.exponent, direction);
}

}  // namespace

int DigitForm::least_digit(size_t group) const {
  int right = 0;
  for (size_t k = group + 1; k < kDigitGroups; ++k) {
    right += digits[k];
  }
  return right;
}

std::span<const DigitForm> digit_forms() {
  static const std::array<DigitForm, 2> all = {{
      {"floatsd4", 2, {3, 3, 3, 3, 3, 3, 3, 3}, 1},
      {"floatsd8", 3, {3, 2, 3, 3, 2, 3, 3, 3}, 2},
  }};
  return all;
}

const DigitForm& find_digit_form(std::string_view name) {
  return find_entry("digits", name, digit_forms());
}

DigitGroups zero_groups(const DigitForm& form) {
  DigitGroups weight;
  for (size_t k = 0; k < kDigitGroups; ++k) {
    weight.index[k] = static_cast<uint8_t>(form.digits[k]);
  }
  return weight;
}

double value_of(const DigitForm& form, const DigitGroups& weight, int offset, size_t groups) {
  return std::ldexp(mantissa(form, weight, groups),
                    form.least_digit(groups - 1) + weight.exponent - offset);
}

double largest_value(const DigitForm& form, int offset) {
  return std::ldexp(largest_mantissa(form), -offset);
}

DigitGroups nearest_groups(const DigitForm& form, double value, int offset, int least_exponent,
                           int onward) {
  const double largest = largest_mantissa(form);
  int exponent = least_exponent;
  while (exponent < form.max_exponent() &&
         std::fabs(std::ldexp(value, offset - exponent)) > largest) {
    ++exponent;
  }
  const double mantissa = std::clamp(std::ldexp(value, offset - exponent), -largest, largest);
  return {.index = NearestSearch(form, onward).find(mantissa), .exponent = exponent};
}

Trigger parse_trigger(std::string_view name) { return kTriggers.parse("trigger", name); }

Carry parse_carry(std::string_view name) { return kCarries.parse("carry", name); }

std::string to_string(Trigger trigger) { return kTriggers[trigger]; }
std::string to_string(Carry carry) { return kCarries[carry]; }

DigitGroups single_trigger_update(const DigitForm& form, DigitGroups weight, int offset,
                                  double update, Trigger trigger, Carry carry) {
  const double digits =  // the update in least digits of the last group
      std::ldexp(std::fabs(update), offset - weight.exponent);
  double threshold = std::ldexp(trigger == Trigger::kHalfDigit ? 0.5 : 1.0, form.least_digit(0));
  size_t group = 0;
  while (!(digits >= threshold)) {
    if (++group == kDigitGroups) {
      return weight;
    }
    threshold /= 1 << form.digits[group];
  }
  const int direction = update > 0 ? 1 : -1;
  const int end = direction > 0 ? top_index(form, group) : 0;
  if (carry == Carry::kExact && weight.index[group] == end) {
    return carry_exactly(form, weight, offset, group, direction);
  }
  return wrap_and_carry(form, weight, group, direction);
}

uint32_t pack_groups(const DigitGroups& weight) {
  auto bits = static_cast<uint32_t>(weight.exponent);
  for (const uint8_t index : weight.index) {
    bits = bits << 3U | index;
  }
  return bits;
}

DigitGroups unpack_groups(const DigitForm& form, uint32_t bits) {
  DigitGroups weight;
  for (size_t k = kDigitGroups; k-- > 0; bits >>= 3U) {
    weight.index[k] = bits & 7U;
    if (weight.index[k] > top_index(form, k)) {
      throw Error(form.name + ": digit group " + std::to_string(k) + " has state " +
                  std::to_string(weight.index[k]) + ", expected at most " +
                  std::to_string(top_index(form, k)));
    }
  }
  if (bits > static_cast<uint32_t>(form.max_exponent())) {
    throw Error(form.name + ": exponent " + std::to_string(bits) + ", expected at most " +
                std::to_string(form.max_exponent()));
  }
  weight.exponent = static_cast<int>(bits);
  return weight;
}

}  // namespace floatsd
