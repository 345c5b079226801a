#pragma once
// TensorReader: a safetensors file read by name, so that nothing in it is passed over.

#include <algorithm>
#include <string>
#include <vector>

#include "floatsd/core/safetensors.h"

namespace floatsd::runtime {

/// Takes tensors out of a file by name, and knows how many are left.
class TensorReader {
 public:
  /// Keeps a reference to `file`.
  explicit TensorReader(const Safetensors& file) : file_(file) {}

  [[nodiscard]] bool has(const std::string& name) const;

  /// Throws Error where the tensor is missing or of another element type.
  const RawTensor& take(const std::string& name, const std::string& dtype);

  /// Its elements, whatever its shape.
  template <typename T>
  std::vector<T> take_values(const std::string& name, const std::string& dtype) {
    const RawTensor& tensor = take(name, dtype);
    std::vector<T> values(tensor.bytes.size() / sizeof(T));
    std::copy_n(tensor.bytes.data(), tensor.bytes.size(), reinterpret_cast<char*>(values.data()));
    return values;
  }

  /// Throws Error where a tensor was not taken.
  void check_all_taken() const;

 private:
  const Safetensors& file_;
  size_t taken_ = 0;
};

}  // namespace floatsd::runtime
