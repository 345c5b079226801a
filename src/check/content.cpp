#include "check/content.h"

#include <nlohmann/json.hpp>

#include "core/safetensors.h"
#include "runtime/op_record.h"
#include "runtime/operators/numbers.h"

namespace floatsd::check {
namespace {

Part input_part(const runtime::Program& program) {
  nlohmann::ordered_json record = runtime::qparams_json(program.input);
  const ActivationShape& shape = program.input_shape;
  record["shape"] = {shape.channels, shape.height, shape.width};
  record["mean"] = program.normalization.mean;
  record["std"] = program.normalization.deviation;
  record["classes"] = program.class_names;
  return {
      .name = "input",
      .bytes = record.dump() + std::string(program.input_table.begin(), program.input_table.end())};
}

Part part(const runtime::Op& op) {
  Safetensors tensors{.metadata = {{"op", runtime::op_json(op).dump()}}, .tensors = {}};
  runtime::add_numbers(op, tensors);
  runtime::add_codes(op, tensors);
  return {.name = op.name, .bytes = write_safetensors(tensors)};
}

}  // namespace

std::vector<Part> parts(const runtime::Program& program) {
  std::vector<Part> all = {input_part(program)};
  for (const runtime::Op& op : program.ops) {
    all.push_back(part(op));
  }
  return all;
}

}  // namespace floatsd::check
