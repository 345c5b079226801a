#include "serialize/element_type.h"

#include <algorithm>
#include <array>

namespace floatsd::serialize {
namespace {

constexpr std::array kElementTypes = {
    ElementType{at::kDouble, "float64", "DoubleStorage"},
    ElementType{at::kFloat, "float32", "FloatStorage"},
    ElementType{at::kHalf, "float16", "HalfStorage"},
    ElementType{at::kBFloat16, "bfloat16", "BFloat16Storage"},
    ElementType{at::kLong, "int64", "LongStorage"},
    ElementType{at::kInt, "int32", "IntStorage"},
    ElementType{at::kShort, "int16", "ShortStorage"},
    ElementType{at::kChar, "int8", "CharStorage"},
    ElementType{at::kByte, "uint8", "ByteStorage"},
    ElementType{at::kBool, "bool", "BoolStorage"},
    ElementType{at::kQInt8, "qint8", "QInt8Storage"},
    ElementType{at::kQUInt8, "quint8", "QUInt8Storage"},
    ElementType{at::kQInt32, "qint32", "QInt32Storage"},
};

template <typename Member, typename Key>
const ElementType* find(Member member, const Key& key) {
  const auto* found = std::find_if(kElementTypes.begin(), kElementTypes.end(),
                                   [&](const ElementType& t) { return t.*member == key; });
  return found == kElementTypes.end() ? nullptr : found;
}

}  // namespace

const ElementType* element_type(at::ScalarType type) { return find(&ElementType::type, type); }

const ElementType* element_type_of_dtype(std::string_view name) {
  return find(&ElementType::dtype, name);
}

const ElementType* element_type_of_storage(std::string_view name) {
  return find(&ElementType::storage, name);
}

const ElementType* quantized_element_type(at::ScalarType codes) {
  switch (codes) {
    case at::kChar:
      return element_type(at::kQInt8);
    case at::kByte:
      return element_type(at::kQUInt8);
    case at::kInt:
      return element_type(at::kQInt32);
    default:
      return nullptr;
  }
}

const ElementType* code_element_type(at::ScalarType quantized) {
  return at::isQIntType(quantized) ? element_type(at::toUnderlying(quantized)) : nullptr;
}

}  // namespace floatsd::serialize
