#pragma once
// Tensor report: what a state dict holds, tensor by tensor, quantized or not. The parameter checker
// of files that PyTorch and the FloatSD package write.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/serialize/value.h"

namespace floatsd::emit {

struct TensorReport {
  std::string name;  ///< with the keys of the dicts above it
  std::string type;  ///< as Python names it: "float32", "qint8"
  std::vector<int64_t> shape;
  at::Tensor values;  ///< contiguous; of a quantized tensor its integers
  /// Of a quantized tensor: one of each, or one for each index along `axis`.
  std::vector<double> scales;
  std::vector<int64_t> zero_points;
  std::optional<int64_t> axis;
  double smallest = 0, largest = 0;      ///< of the values that are finite
  int64_t not_finite = 0;                ///< how many values are infinite or no number,
  int64_t first_not_finite = 0;          ///< and the first one's index, row-major
  std::map<int64_t, int64_t> histogram;  ///< of integers: how often each value is there

  [[nodiscard]] bool is_quantized() const { return !scales.empty(); }
};

/// Every tensor of the file, in its order. Throws Error if an element type has no name here.
std::vector<TensorReport> report(const serialize::Value& file);

/// The first integer, less its zero point, that is no level of the format, with its place:
/// "conv1.weight[3, 0, 1, 2] is 127"; none if all are. Requires a quantized tensor.
std::optional<std::string> find_violation(const TensorReport& tensor, const Codebook& codebook);

/// "[3, 0, 1, 2]": the place of the element of that index in row-major order.
std::string place_text(const std::vector<int64_t>& shape, int64_t index);

}  // namespace floatsd::emit
