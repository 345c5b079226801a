#pragma once
// An ONNX model as plain values, and its bytes: what onnx.proto calls ModelProto, as far as it is
// written here.

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace floatsd::emit::onnx {

/// TensorProto.DataType.
enum class ElementType : int32_t {
  kFloat = 1,
  kUint8 = 2,
  kInt8 = 3,
  kInt32 = 6,
  kInt64 = 7,
  kDouble = 11
};

template <typename T>
inline constexpr ElementType kElementType = T::no_such_element_type;
template <>
inline constexpr ElementType kElementType<float> = ElementType::kFloat;
template <>
inline constexpr ElementType kElementType<uint8_t> = ElementType::kUint8;
template <>
inline constexpr ElementType kElementType<int8_t> = ElementType::kInt8;
template <>
inline constexpr ElementType kElementType<int32_t> = ElementType::kInt32;
template <>
inline constexpr ElementType kElementType<int64_t> = ElementType::kInt64;
template <>
inline constexpr ElementType kElementType<double> = ElementType::kDouble;

struct Tensor {
  ElementType type = ElementType::kFloat;
  std::vector<int64_t> shape;  ///< empty: a scalar
  std::string bytes;           ///< row-major, little endian
};

template <typename T>
Tensor tensor(std::vector<int64_t> shape, const std::vector<T>& values) {
  return {.type = kElementType<T>,
          .shape = std::move(shape),
          .bytes = {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)}};
}

template <typename T>
Tensor scalar(T value) {
  return tensor<T>({}, {value});
}

struct Attribute {
  std::string name;
  std::variant<int64_t, std::string, std::vector<int64_t>> value;
};

struct Node {
  std::string name;
  std::string op_type;
  std::string domain;  ///< empty: ONNX's own
  std::vector<std::string> inputs;
  std::string output;
  std::vector<Attribute> attributes;
};

/// What is known of a value. The first dimension is any number of images.
struct ValueInfo {
  std::string name;
  ElementType type = ElementType::kFloat;
  std::vector<int64_t> shape_of_one;  ///< the other dimensions
};

struct Model {
  std::string graph_name;
  std::vector<Node> nodes;  ///< each behind those that it reads
  std::vector<std::pair<std::string, Tensor>> constants;
  ValueInfo input;
  ValueInfo output;
  std::vector<ValueInfo> values;  ///< of those between, as many as one wants to describe
  std::vector<std::pair<std::string, int64_t>> opsets;        ///< domain and version
  std::vector<std::pair<std::string, std::string>> metadata;  ///< key and value
};

/// The bytes of the file. They depend on the model alone.
std::string serialize(const Model& model);

}  // namespace floatsd::emit::onnx
