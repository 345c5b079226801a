#include "runtime/operators/numbers.h"

#include "core/json.h"
#include "floatsd/core/error.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {
namespace {

using nlohmann::ordered_json;

std::string text(const FixedPoint& number) {
  return std::to_string(number.multiplier) + " * 2^-" + std::to_string(number.shift);
}

}  // namespace

ordered_json qparams_json(const QParams& qparams) {
  return {{"scale", qparams.scale}, {"zero_point", qparams.zero_point}};
}

QParams qparams_from(const nlohmann::json& record) {
  return {record.at("scale").get<float>(), integer_at<int32_t>(record, "zero_point")};
}

void add_fixed_points(const std::string& name, const std::vector<FixedPoint>& numbers,
                      Safetensors& file) {
  std::vector<int32_t> multipliers;
  std::vector<int32_t> shifts;
  for (const FixedPoint& number : numbers) {
    multipliers.push_back(number.multiplier);
    shifts.push_back(number.shift);
  }
  file.tensors.emplace_back(name + ".multiplier", raw("I32", multipliers));
  file.tensors.emplace_back(name + ".shift", raw("I32", shifts));
}

std::vector<FixedPoint> read_fixed_points(const std::string& name, TensorReader& tensors) {
  const auto multipliers = tensors.take_values<int32_t>(name + ".multiplier", "I32");
  const auto shifts = tensors.take_values<int32_t>(name + ".shift", "I32");
  if (multipliers.size() != shifts.size()) {
    throw Error(name + ": " + std::to_string(multipliers.size()) + " multipliers and " +
                std::to_string(shifts.size()) + " shifts");
  }
  std::vector<FixedPoint> numbers;
  for (size_t c = 0; c < shifts.size(); ++c) {
    numbers.push_back({multipliers[c], shifts[c]});
  }
  return numbers;
}

void check_multiplier(const std::string& name, const std::string& which, const FixedPoint& found,
                      const FixedPoint& expected) {
  if (!(found == expected)) {
    throw FormatViolation(name + ": " + which + " is " + text(found) + ", expected " +
                          text(expected) + " from its scales");
  }
}

void check_upper(const std::string& name, int32_t upper, int32_t lower) {
  require(upper >= lower && upper <= kMaxCode, name,
          "its codes end at " + std::to_string(upper) + ", expected " + std::to_string(lower) +
              " to " + std::to_string(kMaxCode));
}

void describe_upper(int32_t upper, ordered_json& json) {
  if (upper < kMaxCode) {
    json["upper"] = upper;
  }
}

int32_t read_upper(const nlohmann::json& record) {
  return record.contains("upper") ? integer_at<int32_t>(record, "upper") : kMaxCode;
}

}  // namespace floatsd::runtime
