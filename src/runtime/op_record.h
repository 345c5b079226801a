#pragma once
// One operator in a model file: its entry in the program's JSON and its tensors.

#include <nlohmann/json.hpp>

#include "core/safetensors.h"
#include "floatsd/runtime/program.h"
#include "runtime/tensor_reader.h"

namespace floatsd::runtime {

nlohmann::ordered_json op_json(const Op& op);

/// The operator's tensors of four bytes an element; its weights' codes.
void add_numbers(const Op& op, Safetensors& file);
void add_codes(const Op& op, Safetensors& file);

/// Throws Error or a JSON exception if the entry or a tensor is not as expected, FormatViolation
/// if a weight's code is no level's.
Op read_op(const nlohmann::json& json, TensorReader& tensors);

}  // namespace floatsd::runtime
