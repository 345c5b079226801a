#include "serialize/tensor_rebuilder.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

#include "floatsd/core/error.h"
#include "serialize/element_type.h"

namespace floatsd::serialize {
namespace {

/// The name of a storage class: torch.FloatStorage, or torch.storage.TypedStorage and the like,
/// which say no element type.
std::string_view storage_name(const Global& global) {
  constexpr std::array<std::string_view, 2> kModules = {"torch.cuda.", "torch."};
  for (const std::string_view module : kModules) {
    if (global.name.starts_with(module)) {
      return std::string_view(global.name).substr(module.size());
    }
  }
  return {};
}

const Object& argument(const Sequence& arguments, size_t index) {
  if (index >= arguments.items.size()) {
    throw Error("a tensor is described by " + std::to_string(arguments.items.size()) +
                " values, expected more");
  }
  return *arguments.items[index];
}

template <typename T>
const T& object_argument(const Sequence& arguments, size_t index, const char* what) {
  const T* found = argument(arguments, index).get_if<T>();
  if (found == nullptr) {
    throw Error("a tensor's " + std::string(what) + " is of the wrong type");
  }
  return *found;
}

template <typename T>
const T& value_argument(const Sequence& arguments, size_t index, const char* what) {
  const T* found = object_argument<Value>(arguments, index, what).template get_if<T>();
  if (found == nullptr) {
    throw Error("a tensor's " + std::string(what) + " is of the wrong type");
  }
  return *found;
}

std::vector<int64_t> numbers_argument(const Sequence& arguments, size_t index, const char* what) {
  const auto& numbers = object_argument<Sequence>(arguments, index, what);
  std::vector<int64_t> result;
  for (size_t i = 0; i < numbers.items.size(); ++i) {
    result.push_back(value_argument<int64_t>(numbers, i, what));
  }
  return result;
}

/// True if every element lies inside a storage of `available` elements.
bool fits(int64_t available, int64_t offset, at::IntArrayRef sizes, at::IntArrayRef strides) {
  int64_t count = 1;
  int64_t last = offset;
  bool fits = offset >= 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    int64_t reach = 0;
    fits = fits && sizes[i] >= 0 && strides[i] >= 0 &&
           !__builtin_mul_overflow(count, sizes[i], &count) &&
           !__builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) &&
           !__builtin_add_overflow(last, reach, &last);
  }
  // Strides of 0 repeat elements: within reason, so that a small file asks for little memory.
  constexpr int64_t kMostRepeated = int64_t{1} << 24;
  fits = fits && count <= std::max(available, kMostRepeated);
  return fits && (count == 0 ? offset <= available : last < available);
}

at::Tensor strided_view(const Sequence& arguments, const Storage& storage) {
  const int64_t offset = value_argument<int64_t>(arguments, 1, "offset");
  const std::vector<int64_t> sizes = numbers_argument(arguments, 2, "shape");
  const std::vector<int64_t> strides = numbers_argument(arguments, 3, "strides");
  if (sizes.size() != strides.size() || !fits(storage.elements.numel(), offset, sizes, strides)) {
    throw Error("a tensor does not fit its storage of " + std::to_string(storage.elements.numel()) +
                " elements");
  }
  return at::empty({0}, storage.elements.options())
      .set_(storage.elements.storage(), offset, sizes, strides);
}

/// Whether the elements are kept with the opposite sign: an entry of the dict that ends the
/// description of a tensor whose negation PyTorch has put off.
bool is_negated(const Sequence& arguments) {
  constexpr size_t kProperties = 6;
  if (arguments.items.size() <= kProperties) {
    return false;
  }
  const auto* properties = arguments.items[kProperties]->get_if<Mapping>();
  if (properties == nullptr) {
    return false;
  }
  return std::any_of(properties->entries.begin(), properties->entries.end(), [](const auto& entry) {
    const auto* key = entry.first->template get_if<Value>();
    const auto* name = key == nullptr ? nullptr : key->template get_if<std::string>();
    const auto* value = entry.second->template get_if<Value>();
    const auto* is_set = value == nullptr ? nullptr : value->template get_if<bool>();
    return name != nullptr && *name == "neg" && is_set != nullptr && *is_set;
  });
}

/// The scales or zero points of an axis.
template <typename T>
std::vector<T> to_vector(const at::Tensor& tensor, at::ScalarType type) {
  if (!tensor.is_contiguous()) {  // an expanded tensor could claim any length
    throw Error("a quantized tensor's scales or zero points are not contiguous");
  }
  const at::Tensor flat = tensor.to(type);
  return {flat.const_data_ptr<T>(), flat.const_data_ptr<T>() + flat.numel()};
}

}  // namespace

Object TensorRebuilder::load_storage(const Sequence& id) {
  const auto& type_name = object_argument<Global>(id, 1, "storage class");
  const auto& key = value_argument<std::string>(id, 2, "storage key");
  const ElementType* type = element_type_of_storage(storage_name(type_name));
  if (type == nullptr) {
    return {Value(Opaque{.name = type_name.name})};
  }
  if (const auto found = loaded_.find(key); found != loaded_.end()) {
    if (found->second.type != type->type) {
      throw Error("storage '" + key + "' is used with two element types");
    }
    return {found->second};
  }
  const ElementType* codes = code_element_type(type->type);
  const at::ScalarType held = codes != nullptr ? codes->type : type->type;
  const int64_t count = value_argument<int64_t>(id, 4, "number of elements");
  const size_t element_size = c10::elementSize(held);
  if (count < 0 ||
      count > std::numeric_limits<int64_t>::max() / static_cast<int64_t>(element_size)) {
    throw Error("storage '" + key + "' has " + std::to_string(count) + " elements");
  }
  const uint64_t size = static_cast<uint64_t>(count) * element_size;
  const std::string_view bytes = read_(key, size);
  if (bytes.size() != size) {
    throw Error("storage '" + key + "' has " + std::to_string(bytes.size()) + " bytes, expected " +
                std::to_string(count) + " elements of " + std::to_string(element_size));
  }
  Storage storage{at::empty({count}, held), type->type};
  if (!bytes.empty()) {
    std::memcpy(storage.elements.mutable_data_ptr(), bytes.data(), bytes.size());
  }
  return {loaded_.emplace(key, std::move(storage)).first->second};
}

at::Tensor TensorRebuilder::rebuild_tensor(const Sequence& arguments) {
  const auto& storage = object_argument<Storage>(arguments, 0, "storage");
  if (code_element_type(storage.type) != nullptr) {
    throw Error("a plain tensor has the storage of a quantized one");
  }
  at::Tensor tensor = strided_view(arguments, storage);
  return is_negated(arguments) ? tensor.neg() : tensor;
}

Value TensorRebuilder::rebuild_quantized(const Sequence& arguments) {
  const auto& storage = object_argument<Storage>(arguments, 0, "storage");
  if (code_element_type(storage.type) == nullptr) {
    throw Error("a quantized tensor has the storage of a plain one");
  }
  const auto& quantizer = object_argument<Sequence>(arguments, 4, "quantization");
  const std::string& scheme = object_argument<Global>(quantizer, 0, "quantization scheme").name;
  QuantizedTensor result{.codes = strided_view(arguments, storage)};
  if (scheme == "torch.per_tensor_affine") {
    result.scales = {value_argument<double>(quantizer, 1, "scale")};
    result.zero_points = {value_argument<int64_t>(quantizer, 2, "zero point")};
  } else if (scheme == "torch.per_channel_affine") {
    result.scales =
        to_vector<double>(value_argument<at::Tensor>(quantizer, 1, "scales"), at::kDouble);
    result.zero_points =
        to_vector<int64_t>(value_argument<at::Tensor>(quantizer, 2, "zero points"), at::kLong);
    result.axis = value_argument<int64_t>(quantizer, 3, "axis");
  } else {
    return Opaque{.name = "a tensor quantized by " + scheme};
  }
  check_scales(result);
  return result;
}

}  // namespace floatsd::serialize
