#include "interchange/onnx/tensor.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/refuse.h"
#include "floatsd/core/error.h"

namespace floatsd::interchange::onnx {
namespace {

constexpr int64_t kMostValues = int64_t{1} << 40;

/// IEEE 754 binary16.
float half_value(uint16_t bits) {
  const int exponent = bits >> 10 & 31;
  const int fraction = bits & 1023;
  const float sign = (bits & 0x8000) != 0 ? -1.0F : 1.0F;
  if (exponent == 31) {
    return fraction == 0 ? sign * INFINITY : NAN;
  }
  return sign * (exponent == 0 ? std::ldexp(static_cast<float>(fraction), -24)
                               : std::ldexp(static_cast<float>(fraction + 1024), exponent - 25));
}

float bfloat16_value(uint16_t bits) { return std::bit_cast<float>(uint32_t{bits} << 16); }

/// Calls take(i, value) for each of the values, which lie in the file as `T`.
template <typename T, typename Take>
void visit_values(const Tensor& tensor, const Take& take) {
  for (int64_t i = 0, count = tensor.count(); i < count; ++i) {
    T value;
    std::memcpy(&value, tensor.bytes.data() + i * sizeof(T), sizeof(T));
    take(i, value);
  }
}

template <typename T>
void copy_as(const Tensor& tensor, std::vector<int64_t>& to) {
  visit_values<T>(tensor, [&](int64_t i, T value) { to[i] = static_cast<int64_t>(value); });
}

template <typename T>
Tensor owned(std::vector<int64_t> shape, ElementType type, const std::vector<T>& values) {
  auto bytes = std::make_shared<const std::string>(reinterpret_cast<const char*>(values.data()),
                                                   values.size() * sizeof(T));
  const std::string_view view = *bytes;
  return make_tensor(type, std::move(shape), view, std::move(bytes));
}

}  // namespace

int64_t Tensor::count() const { return count_of(shape); }

size_t element_size(ElementType type) {
  switch (type) {
    case ElementType::kUint8:
    case ElementType::kInt8:
    case ElementType::kBool:
      return 1;
    case ElementType::kUint16:
    case ElementType::kInt16:
    case ElementType::kFloat16:
    case ElementType::kBfloat16:
      return 2;
    case ElementType::kFloat:
    case ElementType::kInt32:
    case ElementType::kUint32:
      return 4;
    case ElementType::kInt64:
    case ElementType::kUint64:
    case ElementType::kDouble:
      return 8;
    case ElementType::kUndefined:
    case ElementType::kString:
      break;
  }
  return 0;
}

std::string to_string(ElementType type) {
  constexpr const char* kNames[] = {"undefined",  "float32", "uint8",  "int8",   "uint16",
                                    "int16",      "int32",   "int64",  "string", "bool",
                                    "float16",    "float64", "uint32", "uint64", "complex64",
                                    "complex128", "bfloat16"};
  const auto index = static_cast<size_t>(type);
  return index < std::size(kNames) ? kNames[index]
                                   : "type " + std::to_string(static_cast<int32_t>(type));
}

bool is_real(ElementType type) {
  return type == ElementType::kFloat || type == ElementType::kDouble ||
         type == ElementType::kFloat16 || type == ElementType::kBfloat16;
}

int64_t count_of(const std::vector<int64_t>& shape) {
  int64_t count = 1;
  for (const int64_t size : shape) {
    require(size >= 0, "a dimension of " + std::to_string(size) + ", expected none below 0");
    if (size == 0) {
      return 0;
    }
    require(count <= kMostValues / size, "a shape of more than 2^40 values");
    count *= size;
  }
  return count;
}

Tensor make_tensor(ElementType type, std::vector<int64_t> shape, std::string_view bytes,
                   std::shared_ptr<const std::string> owner) {
  const size_t size = element_size(type);
  require(size > 0, "values of " + to_string(type) + ", which is not read");
  const int64_t count = count_of(shape);
  require(static_cast<size_t>(count) * size == bytes.size(),
          std::to_string(bytes.size()) + " bytes, expected " +
              std::to_string(static_cast<size_t>(count) * size) + ", which " +
              std::to_string(count) + " values of " + to_string(type) + " have");
  return {.type = type, .shape = std::move(shape), .bytes = bytes, .owner = std::move(owner)};
}

Tensor make_tensor(std::vector<int64_t> shape, const std::vector<float>& values) {
  return owned(std::move(shape), ElementType::kFloat, values);
}

Tensor make_tensor(std::vector<int64_t> shape, const std::vector<int64_t>& values) {
  return owned(std::move(shape), ElementType::kInt64, values);
}

void copy_floats(const Tensor& tensor, float* to) {
  switch (tensor.type) {
    case ElementType::kFloat:
      if (!tensor.bytes.empty()) {
        std::memcpy(to, tensor.bytes.data(), tensor.bytes.size());
      }
      return;
    case ElementType::kDouble:
      visit_values<double>(tensor,
                           [to](int64_t i, double value) { to[i] = static_cast<float>(value); });
      return;
    case ElementType::kFloat16:
      visit_values<uint16_t>(tensor, [to](int64_t i, uint16_t bits) { to[i] = half_value(bits); });
      return;
    case ElementType::kBfloat16:
      visit_values<uint16_t>(tensor,
                             [to](int64_t i, uint16_t bits) { to[i] = bfloat16_value(bits); });
      return;
    default:
      throw Error("a constant of " + to_string(tensor.type) + ", expected real numbers");
  }
}

std::vector<float> floats(const Tensor& tensor) {
  std::vector<float> values(static_cast<size_t>(tensor.count()));
  copy_floats(tensor, values.data());
  return values;
}

std::vector<int64_t> integers(const Tensor& tensor) {
  std::vector<int64_t> values(static_cast<size_t>(tensor.count()));
  switch (tensor.type) {
    case ElementType::kInt64:
      copy_as<int64_t>(tensor, values);
      break;
    case ElementType::kInt32:
      copy_as<int32_t>(tensor, values);
      break;
    case ElementType::kInt16:
      copy_as<int16_t>(tensor, values);
      break;
    case ElementType::kInt8:
      copy_as<int8_t>(tensor, values);
      break;
    case ElementType::kUint8:
    case ElementType::kBool:
      copy_as<uint8_t>(tensor, values);
      break;
    case ElementType::kUint16:
      copy_as<uint16_t>(tensor, values);
      break;
    case ElementType::kUint32:
      copy_as<uint32_t>(tensor, values);
      break;
    default:
      throw Error("a constant of " + to_string(tensor.type) + ", expected integers");
  }
  return values;
}

Tensor reshaped(const Tensor& tensor, std::vector<int64_t> shape) {
  Tensor result = tensor;
  result.shape = std::move(shape);
  require(
      result.count() == tensor.count(),
      std::to_string(tensor.count()) + " values in a shape of " + std::to_string(result.count()));
  return result;
}

}  // namespace floatsd::interchange::onnx
