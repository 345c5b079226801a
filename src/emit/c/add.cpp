// The sum of two tensors.

#include <algorithm>
#include <bit>

#include "emit/c/fill.h"
#include "emit/c/operator.h"
#include "emit/c/rounding.h"

namespace floatsd::emit::c {
namespace {

using std::to_string;

/// A code times its multiplier: a shift if that is a power of two. Codes are below 2^8 and
/// multipliers below 2^16, so that a product fits.
std::string term(const char* code, int32_t multiplier) {
  const std::string wide = std::string("(int32_t)") + code;
  if (std::has_single_bit(static_cast<uint32_t>(multiplier))) {
    return " + (" + wide + " << " + to_string(std::countr_zero(static_cast<uint32_t>(multiplier))) +
           ")";
  }
  return " + " + wide + " * " + to_string(multiplier);
}

COperations term_operations(int32_t multiplier) {
  if (multiplier == 0) {
    return {};
  }
  return std::has_single_bit(static_cast<uint32_t>(multiplier))
             ? COperations{.shifts = 1, .additions = 1}
             : COperations{.multiplications = 1, .additions = 1};
}

}  // namespace

OperatorC write_operator(const runtime::Add& add, const Site& site) {
  const AddRequantize& by = add.requantize;
  const int64_t zeros = int64_t{by.multipliers[0]} * site.in_qparams[0].zero_point +
                        int64_t{by.multipliers[1]} * site.in_qparams[1].zero_point;
  const std::string terms = term("a[i]", by.multipliers[0]) + term("b[i]", by.multipliers[1]);
  COperations operations = rounding_operations(Rounding::kShift);
  operations += term_operations(by.multipliers[0]);
  operations += term_operations(by.multipliers[1]);
  constexpr int32_t kLargestShift = 32;  // from there on every sum rounds to 0, as it is below 2^25
  return {
      .functions = {rounding_function(Rounding::kShift)},
      .title = "sum of two tensors" + activation(by),
      .definitions = fill(R"(static void ${id}_add(const uint8_t *a, const uint8_t *b, uint8_t *out)
{
  uint32_t i;
  for (i = 0; i < $size; ++i) {
    const int32_t sum = -$zeros$terms;
    out[i] = code_by_shift(sum, $shift, $zero, $lower, $upper);
  }
}
)",
                          {{"id", site.id},
                           {"size", to_string(site.out.size())},
                           {"zeros", to_string(zeros)},
                           {"terms", terms},
                           {"shift", to_string(std::min(by.shift, kLargestShift))},
                           {"zero", to_string(by.output.zero_point)},
                           {"lower", to_string(by.lower_code())},
                           {"upper", to_string(by.upper)}}),
      .call =
          site.id + "_add(" + site.inputs[0] + ", " + site.inputs[1] + ", " + site.output + ");",
      .operations = site.out.size() * operations};
}

}  // namespace floatsd::emit::c
