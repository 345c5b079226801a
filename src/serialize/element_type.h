#pragma once
// The element types that torch files exchange, under the names that Python has for them.

#include <c10/core/ScalarType.h>

#include <string_view>

namespace floatsd::serialize {

struct ElementType {
  at::ScalarType type;
  std::string_view dtype;    ///< "float32", of torch.float32
  std::string_view storage;  ///< "FloatStorage", of torch.FloatStorage
};

/// Null if the type is not one that torch files exchange.
const ElementType* element_type(at::ScalarType type);
const ElementType* element_type_of_dtype(std::string_view name);
const ElementType* element_type_of_storage(std::string_view name);

/// qint8 of int8, quint8 of uint8, qint32 of int32; null for others.
const ElementType* quantized_element_type(at::ScalarType codes);

/// int8 of qint8 and so on; null for a type that is not quantized.
const ElementType* code_element_type(at::ScalarType quantized);

}  // namespace floatsd::serialize
