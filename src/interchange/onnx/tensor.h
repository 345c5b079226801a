#pragma once
// Tensor: a constant of an ONNX graph. The bytes of a large one stay where the file was read to.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace floatsd::interchange::onnx {

/// TensorProto.DataType.
enum class ElementType : int32_t {
  kUndefined = 0,
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kUint16 = 4,
  kInt16 = 5,
  kInt32 = 6,
  kInt64 = 7,
  kString = 8,
  kBool = 9,
  kFloat16 = 10,
  kDouble = 11,
  kUint32 = 12,
  kUint64 = 13,
  kBfloat16 = 16,
};

/// The most values of a tensor that is computed here, and not in the file.
inline constexpr int64_t kMostComputed = int64_t{1} << 24;

struct Tensor {
  ElementType type = ElementType::kFloat;
  std::vector<int64_t> shape;                ///< empty: a scalar
  std::string_view bytes;                    ///< row-major, little endian; not aligned
  std::shared_ptr<const std::string> owner;  ///< of the bytes; empty: the file's

  /// How many values it has.
  [[nodiscard]] int64_t count() const;
};

/// 0 for a type that is not read.
size_t element_size(ElementType type);
/// "float32", "type 17".
std::string to_string(ElementType type);
bool is_real(ElementType type);

/// The product of those sizes. Throws Error if one is negative or the product is beyond 2^40.
int64_t count_of(const std::vector<int64_t>& shape);

/// A tensor of those bytes. Throws Error unless there are as many as type and shape ask for.
Tensor make_tensor(ElementType type, std::vector<int64_t> shape, std::string_view bytes,
                   std::shared_ptr<const std::string> owner);
Tensor make_tensor(std::vector<int64_t> shape, const std::vector<float>& values);
Tensor make_tensor(std::vector<int64_t> shape, const std::vector<int64_t>& values);

/// All values. Throws Error if the tensor's numbers are no reals, no integers.
std::vector<float> floats(const Tensor& tensor);
std::vector<int64_t> integers(const Tensor& tensor);
/// Writes all values to `to`. Throws as floats.
void copy_floats(const Tensor& tensor, float* to);

/// The same values in another shape, which has as many.
Tensor reshaped(const Tensor& tensor, std::vector<int64_t> shape);

}  // namespace floatsd::interchange::onnx
