#include "runtime/op_record.h"

#include "core/json.h"
#include "runtime/operators/operator_kind.h"
#include "runtime/operators/weighted.h"
#include "runtime/refuse.h"

namespace floatsd::runtime {

nlohmann::ordered_json op_json(const Op& op) {
  nlohmann::ordered_json json;
  json["name"] = op.name;
  json["kind"] = kind(op);
  json["inputs"] = op.inputs;
  kind_of(op).describe(op, json);
  return json;
}

void add_numbers(const Op& op, Safetensors& file) { kind_of(op).add_numbers(op, file); }

void add_codes(const Op& op, Safetensors& file) {
  if (const Weights* w = weights(op)) {
    add_weight_codes(op.name, *w, file);
  }
}

Op read_op(const nlohmann::json& record, TensorReader& tensors) {
  Op op{.name = record.at("name").get<std::string>(),
        .inputs = integers_at<int>(record, "inputs"),
        .body = {}};
  const auto name = record.at("kind").get<std::string>();
  const OperatorKind* kind = find_kind(name);
  require(kind != nullptr, op.name, "operator kind '" + name + "' is unknown");
  op.body = kind->read(op.name, record, tensors);
  return op;
}

}  // namespace floatsd::runtime
