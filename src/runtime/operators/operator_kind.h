#pragma once
// OperatorKind: all that the runtime knows of one kind of operator: its shapes, what is refused,
// its entry in a model file, its definition, its kernel. Each kind has one file here, and a line in
// operator_kinds.cpp.

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "core/safetensors.h"
#include "floatsd/runtime/program.h"
#include "runtime/kernels/kernel.h"
#include "runtime/tensor_reader.h"

namespace floatsd::runtime {

/// An operator of a program among its neighbours.
struct Place {
  const Program& program;
  const Op& op;
  std::vector<ActivationShape> inputs;  ///< what it reads

  [[nodiscard]] const ActivationShape& in() const { return inputs.front(); }
  [[nodiscard]] const QParams& input(size_t index = 0) const {
    return input_qparams(program, op, index);
  }
  /// The largest magnitude of an input's code less its zero point.
  [[nodiscard]] int64_t largest_input(size_t index = 0) const;
};

/// What an operator reads: an image of codes [C, H, W], and the code that counts as zero.
struct Operand {
  ActivationShape shape;
  std::span<const uint8_t> codes;
  int32_t zero_point = 0;

  [[nodiscard]] int32_t code(int64_t c, int64_t y, int64_t x) const {
    return codes[(c * shape.height + y) * shape.width + x];
  }
  [[nodiscard]] bool is_inside(int64_t y, int64_t x) const {
    return y >= 0 && y < shape.height && x >= 0 && x < shape.width;
  }
  /// The code less its zero point; 0 in the padding.
  [[nodiscard]] int32_t value(int64_t c, int64_t y, int64_t x) const {
    return is_inside(y, x) ? code(c, y, x) - zero_point : 0;
  }
};

class OperatorKind {
 public:
  using Body = decltype(Op::body);

  OperatorKind() = default;
  OperatorKind(const OperatorKind&) = delete;
  OperatorKind& operator=(const OperatorKind&) = delete;
  virtual ~OperatorKind() = default;

  /// As model files and reports name it.
  [[nodiscard]] virtual const char* name() const = 0;
  /// How many inputs it reads, at the least and at the most.
  [[nodiscard]] virtual std::pair<size_t, size_t> input_counts() const { return {1, 1}; }

  /// Throws Error if its inputs' shapes do not fit it.
  [[nodiscard]] virtual ActivationShape output_shape(
      const Op& op, std::span<const ActivationShape> inputs) const = 0;
  /// The qparams of its codes; null if they are its first input's.
  [[nodiscard]] virtual const QParams* output(const Op& /*op*/) const { return nullptr; }
  /// Throws Error if a number is none that runs exactly, FormatViolation if it does not follow from
  /// the scales or a weight is no level of its format. Shapes fit already.
  virtual void check_numbers(const Place& place) const = 0;
  /// The largest magnitude ahead of its shift (accumulator_bounds).
  [[nodiscard]] virtual int64_t accumulator_bound(const Place& place) const = 0;

  /// Whether the operator needs a file of the newest version: readers of the first do not know it.
  [[nodiscard]] virtual bool needs_newer_file(const Op& /*op*/) const { return false; }
  /// Its JSON beside name, kind and inputs; its tensors of four bytes an element.
  virtual void describe(const Op& op, nlohmann::ordered_json& json) const = 0;
  virtual void add_numbers(const Op& /*op*/, Safetensors& /*file*/) const {}
  /// Back from them. Throws as read_op.
  [[nodiscard]] virtual Body read(const std::string& name, const nlohmann::json& record,
                                  TensorReader& tensors) const = 0;

  /// Its definition: the output code of channel c at (y, x).
  [[nodiscard]] virtual int32_t output_code(const Op& op, std::span<const Operand> inputs,
                                            int64_t c, int64_t y, int64_t x) const = 0;
  /// Its fastest kernel, which computes the same.
  [[nodiscard]] virtual std::unique_ptr<const kernels::Kernel> make_kernel(
      const Place& place, const ActivationShape& out) const = 0;
};

/// Of that operator; of that name, null if there is none.
const OperatorKind& kind_of(const Op& op);
const OperatorKind* find_kind(const std::string& name);

}  // namespace floatsd::runtime
