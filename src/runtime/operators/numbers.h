#pragma once
// Numbers of operators: in a model file, and checked against the scales that they follow from.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "floatsd/core/fixed_point.h"
#include "floatsd/core/qparams.h"
#include "runtime/tensor_reader.h"

namespace floatsd::runtime {

/// {"scale", "zero_point"}.
nlohmann::ordered_json qparams_json(const QParams& qparams);
QParams qparams_from(const nlohmann::json& json);

/// A tensor of one dimension.
template <typename T>
RawTensor raw(const char* dtype, const std::vector<T>& values) {
  RawTensor tensor{dtype, {static_cast<int64_t>(values.size())}, {}};
  tensor.bytes.assign(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return tensor;
}

/// As the tensors NAME.multiplier and NAME.shift.
void add_fixed_points(const std::string& name, const std::vector<FixedPoint>& numbers,
                      Safetensors& file);
/// Throws Error if there are not as many shifts as multipliers.
std::vector<FixedPoint> read_fixed_points(const std::string& name, TensorReader& tensors);

/// Throws FormatViolation with both if they differ; `which`: "multiplier of channel 3".
void check_multiplier(const std::string& name, const std::string& which, const FixedPoint& found,
                      const FixedPoint& expected);

/// Throws Error if `upper` is not a code from `lower` on.
void check_upper(const std::string& name, int32_t upper, int32_t lower);

/// "upper", only if codes end below 255.
void describe_upper(int32_t upper, nlohmann::ordered_json& json);
int32_t read_upper(const nlohmann::json& record);

}  // namespace floatsd::runtime
