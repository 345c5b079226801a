#include "floatsd/core/digit_groups.h"

#include <cmath>
#include <cstdlib>
#include <random>
#include <set>

#include "catch.h"
#include "floatsd/core/codebook.h"
#include "floatsd/core/error.h"

using namespace floatsd;

namespace {

const DigitForm& floatsd4 = find_digit_form("floatsd4");
const DigitForm& floatsd8 = find_digit_form("floatsd8");
constexpr int kOffset4 = 24, kOffset8 = 22;  // one least digit at exponent 0 is 2^-offset

double power(int exponent) { return std::ldexp(1.0, exponent); }

/// As the FloatSD package, at the form's own offset.
DigitGroups moved(const DigitForm& form, const DigitGroups& weight, double update) {
  return single_trigger_update(form, weight, form.digit_count(), update, Trigger::kHalfDigit,
                               Carry::kWrap);
}

double value4(const DigitGroups& weight, size_t groups = kDigitGroups) {
  return value_of(floatsd4, weight, kOffset4, groups);
}

double value8(const DigitGroups& weight, size_t groups = kDigitGroups) {
  return value_of(floatsd8, weight, kOffset8, groups);
}

DigitGroups any_groups(const DigitForm& form, std::mt19937& random) {
  DigitGroups weight{.exponent = static_cast<int>(random() % (form.max_exponent() + 1U))};
  for (size_t k = 0; k < kDigitGroups; ++k) {
    weight.index[k] = static_cast<uint8_t>(random() % (2U * form.digits[k] + 1));
  }
  return weight;
}

}  // namespace

TEST_CASE("All groups at their top are worth 4/7 in FloatSD4, 0.58039 in FloatSD8", "[digits]") {
  CHECK(static_cast<float>(largest_value(floatsd4, kOffset4)) == 0.5714285374F);
  CHECK(static_cast<float>(largest_value(floatsd8, kOffset8)) == 0.5803918839F);
}

TEST_CASE("An update moves the most significant group that it is half a digit of", "[digits]") {
  const DigitGroups zero = zero_groups(floatsd4);

  const DigitGroups first = moved(floatsd4, zero, power(-4));
  CHECK(first.index[0] == 4);
  CHECK(value4(first) == 0.125);
  CHECK(value4(first, 1) == 0.125);

  const DigitGroups second = moved(floatsd4, zero, 0.999 * power(-4));
  CHECK(second.index[1] == 4);
  CHECK(value4(second) == power(-6));
  CHECK(value4(second, 1) == 0);

  const DigitGroups last = moved(floatsd4, zero, power(-25));
  CHECK(last.index[7] == 4);
  CHECK(value4(last) == power(-24));

  CHECK(moved(floatsd4, zero, 0.99 * power(-25)) == zero);
  CHECK(moved(floatsd4, zero, 0) == zero);
  CHECK(moved(floatsd4, zero, NAN) == zero);
  CHECK(value4(moved(floatsd4, zero, -power(-4))) == -0.125);
  CHECK(moved(floatsd4, zero, 1e30) == first);  // one state, however large
}

TEST_CASE("A wrapping carry can move a weight the wrong way, as in the package", "[digits]") {
  const DigitGroups before{.index = {3, 6, 6, 3, 3, 3, 3, 3}};
  const DigitGroups after = moved(floatsd4, before, power(-10));
  CHECK(value4(before) == 0.0703125);
  CHECK(after == DigitGroups{.index = {4, 0, 0, 3, 3, 3, 3, 3}});
  CHECK(value4(after) == 0.0546875);
}

TEST_CASE("The first group's carry raises the exponent and halves the others", "[digits]") {
  const DigitGroups before{.index = {6, 5, 2, 3, 4, 3, 3, 3}};
  const DigitGroups after = moved(floatsd4, before, 0.5);
  CHECK(value4(before) == 0.529327392578125);
  CHECK(after == DigitGroups{.index = {6, 4, 3, 3, 3, 3, 3, 3}, .exponent = 1});
  CHECK(value4(after) == 1.03125);
}

TEST_CASE("Groups that wrapped on the way to a rising exponent are halved too", "[digits]") {
  const DigitGroups before{.index = {6, 6, 3, 3, 3, 3, 3, 3}};
  CHECK(moved(floatsd4, before, power(-6)) ==
        DigitGroups{.index = {6, 1, 3, 3, 3, 3, 3, 3}, .exponent = 1});
}

TEST_CASE("At the highest exponent only the first group's step is dropped", "[digits]") {
  const DigitGroups before{.index = {6, 6, 3, 3, 3, 3, 3, 3}, .exponent = 3};
  CHECK(moved(floatsd4, before, 1e9) == before);
  CHECK(moved(floatsd4, before, power(-4)) ==
        DigitGroups{.index = {6, 0, 3, 3, 3, 3, 3, 3}, .exponent = 3});
}

TEST_CASE("Thresholds grow with the exponent", "[digits]") {
  DigitGroups weight = zero_groups(floatsd4);
  weight.exponent = 2;
  CHECK(moved(floatsd4, weight, power(-2)).index[0] == 4);
  CHECK(moved(floatsd4, weight, 0.999 * power(-2)).index[0] == 3);
}

TEST_CASE("FloatSD8 computes with a group of three digits and one of two", "[digits]") {
  const DigitGroups zero = zero_groups(floatsd8);
  CHECK(value8(moved(floatsd8, zero, power(-4))) == 0.125);
  const DigitGroups second = moved(floatsd8, zero, power(-6));
  CHECK(second.index[1] == 3);
  CHECK(value8(second) == power(-5));
  CHECK(value8(second, floatsd8.computing_groups) == power(-5));
  const DigitGroups third = moved(floatsd8, zero, power(-9));
  CHECK(third.index[2] == 4);
  CHECK(value8(third) == power(-8));
  CHECK(value8(third, floatsd8.computing_groups) == 0);
  CHECK(value8(moved(floatsd8, zero, -power(-6))) == -power(-5));
}

TEST_CASE("With the trigger of a whole digit an update must be twice as large", "[digits]") {
  const DigitGroups zero = zero_groups(floatsd4);
  const auto update = [&](double u) {
    return single_trigger_update(floatsd4, zero, kOffset4, u, Trigger::kDigit, Carry::kWrap);
  };
  CHECK(value4(update(power(-3))) == 0.125);
  CHECK(value4(update(0.999 * power(-3))) == power(-6));
  CHECK(value4(update(-power(-24))) == -power(-24));
  CHECK(update(0.999 * power(-24)) == zero);
}

TEST_CASE("What a network computes with are the levels of a weight format", "[digits]") {
  for (const auto& [form, format] :
       {std::pair{&floatsd4, "floatsd4-13"}, std::pair{&floatsd8, "floatsd8-e3g32"}}) {
    std::set<int> magnitudes;
    std::mt19937 random(1);
    for (int i = 0; i < 20000; ++i) {
      const int least = form->least_digit(form->computing_groups - 1);
      magnitudes.insert(std::abs(static_cast<int>(
          value_of(*form, any_groups(*form, random), least, form->computing_groups))));
    }
    const auto& expected = find_codebook(format).magnitudes;
    CHECK(std::vector<int>(magnitudes.begin(), magnitudes.end()) == expected);
  }
}

TEST_CASE("An exact carry adds twice the last state where there is such a weight", "[digits]") {
  const auto update = [](const DigitGroups& weight, double u) {
    return single_trigger_update(floatsd4, weight, kOffset4, u, Trigger::kHalfDigit, Carry::kExact);
  };
  // 4 digits of 2^-6 and the step to 8 of them, which is one of 2^-3.
  CHECK(update({.index = {3, 6, 3, 3, 3, 3, 3, 3}}, power(-7)) ==
        DigitGroups{.index = {4, 3, 3, 3, 3, 3, 3, 3}});
  // 4.5 and 0.5 of 2^-6 would be 5, which lies in the middle between 4.57 and 5.43: onward.
  CHECK(update({.index = {3, 6, 6, 3, 3, 3, 3, 3}}, power(-10)) ==
        DigitGroups{.index = {4, 1, 0, 0, 0, 0, 0, 0}});
  CHECK(update({.index = {3, 0, 0, 3, 3, 3, 3, 3}}, -power(-10)) ==
        DigitGroups{.index = {2, 5, 6, 6, 6, 6, 6, 6}});
  // Beyond the largest the exponent rises.
  const DigitGroups risen = update({.index = {6, 3, 3, 3, 3, 3, 3, 3}}, 0.5);
  CHECK(risen.exponent == 1);
  CHECK(value4(risen) == 1);
}

TEST_CASE("An exact carry never moves a weight the wrong way", "[digits]") {
  std::mt19937 random(2);
  for (int i = 0; i < 20000; ++i) {
    const DigitForm& form = i % 2 == 0 ? floatsd4 : floatsd8;
    const DigitGroups before = any_groups(form, random);
    const double update =
        std::ldexp(random() % 2 == 0 ? 1.0 : -1.0, -static_cast<int>(random() % 26));
    const DigitGroups after = single_trigger_update(form, before, form.digit_count(), update,
                                                    Trigger::kHalfDigit, Carry::kExact);
    const double change =
        value_of(form, after, form.digit_count()) - value_of(form, before, form.digit_count());
    REQUIRE(change * update >= 0);
  }
}

TEST_CASE("The nearest weight is the weight itself, and none is nearer", "[digits]") {
  std::mt19937 random(3);
  for (int i = 0; i < 300; ++i) {
    const DigitForm& form = i % 2 == 0 ? floatsd4 : floatsd8;
    DigitGroups weight = any_groups(form, random);
    const double value = value_of(form, weight, 20);
    CHECK(value_of(form, nearest_groups(form, value, 20, weight.exponent), 20) == value);
    weight.exponent = 0;
    const double target = std::ldexp(static_cast<double>(random()) / 4294967296.0 - 0.5, 4);
    const double distance =
        std::fabs(value_of(form, nearest_groups(form, target, 20), 20) - target);
    CHECK(distance <= std::fabs(value_of(form, weight, 20) - target));
  }
  CHECK(nearest_groups(floatsd4, 1e9, 24) ==
        DigitGroups{.index = {6, 6, 6, 6, 6, 6, 6, 6}, .exponent = 3});
}

TEST_CASE("Packed groups unpack, and what is no state is refused", "[digits]") {
  std::mt19937 random(4);
  for (int i = 0; i < 1000; ++i) {
    const DigitForm& form = i % 2 == 0 ? floatsd4 : floatsd8;
    const DigitGroups weight = any_groups(form, random);
    REQUIRE(unpack_groups(form, pack_groups(weight)) == weight);
  }
  CHECK_THROWS_WITH(unpack_groups(floatsd4, 7),
                    "floatsd4: digit group 7 has state 7, expected at most 6");
  CHECK_THROWS_WITH(unpack_groups(floatsd4, 4U << 24), "floatsd4: exponent 4, expected at most 3");
}
