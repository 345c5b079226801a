#pragma once
// TensorReader: a safetensors file read by name, so that nothing in it is passed over.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/safetensors.h"

namespace floatsd::runtime {

/// Takes tensors out of a file by name, and knows how many are left.
class TensorReader {
 public:
  /// Keeps references into `file`.
  explicit TensorReader(const Safetensors& file);

  [[nodiscard]] bool has(const std::string& name) const { return by_name_.contains(name); }

  /// Throws Error if the tensor is missing or of another element type.
  const RawTensor& take(const std::string& name, const std::string& dtype);

  /// The elements of a tensor with one dimension. Throws Error also if it has another shape.
  template <typename T>
  std::vector<T> take_values(const std::string& name, const std::string& dtype) {
    const RawTensor& tensor = take(name, dtype);
    check_shape(name, tensor, {static_cast<int64_t>(tensor.bytes.size() / sizeof(T))});
    std::vector<T> values(tensor.bytes.size() / sizeof(T));
    std::copy_n(tensor.bytes.data(), tensor.bytes.size(), reinterpret_cast<char*>(values.data()));
    return values;
  }

  /// Throws Error if the tensor has another shape.
  static void check_shape(const std::string& name, const RawTensor& tensor,
                          const std::vector<int64_t>& expected);

  /// Throws Error if a tensor was not taken.
  void check_all_taken() const;

 private:
  std::map<std::string, const RawTensor*> by_name_;
  size_t taken_ = 0;
};

}  // namespace floatsd::runtime
