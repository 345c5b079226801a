#pragma once
// What operators with weights share: their weights and their requantization, in a model file and
// checked.

#include "runtime/operators/operator_kind.h"

namespace floatsd::runtime {

/// Throws as OperatorKind::check_numbers.
void check_weighted(const Place& place, const Weights& weights, const Requantize& requantize);

/// The maximum over output channels of sum |level| * largest input + |bias|.
int64_t weighted_bound(const Place& place, const Weights& weights, const Requantize& requantize);

/// "weight", "output", "relu" and "upper".
void describe_weighted(const Weights& weights, const Requantize& requantize,
                       nlohmann::ordered_json& json);
/// Bias, multipliers, shifts and weight scales.
void add_weighted_numbers(const std::string& name, const Weights& weights,
                          const Requantize& requantize, Safetensors& file);
/// The weights' codes.
void add_weight_codes(const std::string& name, const Weights& weights, Safetensors& file);

Weights read_weights(const std::string& name, const nlohmann::json& record, TensorReader& tensors);
Requantize read_requantize(const std::string& name, const nlohmann::json& record,
                           TensorReader& tensors);

/// "[8, 3, 3, 3]".
std::string shape_text(const std::vector<int64_t>& shape);
/// Whether every size is one that a network may have.
bool are_sizes(const std::vector<int64_t>& shape);

/// The sum of output channel o at (y, x), ahead of bias and pooling.
int64_t accumulate(const Conv2d& conv, const Operand& input, int64_t o, int64_t y, int64_t x);
int64_t accumulate(const Linear& linear, const Operand& input, int64_t o);

/// The code of output channel o for that accumulator, without its bias.
int32_t requantize_channel(const Requantize& by, int64_t acc, int64_t o);

}  // namespace floatsd::runtime
