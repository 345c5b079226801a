#pragma once
// Field: a place inside a Value that knows its way from the top, so that every complaint names it.
//
// Of a checkpoint's state of the trainer, for example:
//
//   const Field trainer(checkpoint.trainer, "last.pt: trainer");
//   trainer["epoch"].integer();   // "last.pt: trainer: epoch: is a string, expected an integer"

#include <cstdint>
#include <string>
#include <string_view>

#include "floatsd/serialize/value.h"

namespace floatsd::serialize {

/// Refers to the Value it was made from, which must outlive it. Every function throws Error naming
/// the place where the value there is of another type.
class Field {
 public:
  Field(const Value& value, std::string where) : value_(&value), where_(std::move(where)) {}

  /// The value of a dict's key. Throws Error if there is no such key.
  Field operator[](std::string_view key) const;
  /// True if the dict has that key.
  [[nodiscard]] bool has(std::string_view key) const;
  /// An item of a list or tuple. Throws Error if there are not so many.
  Field operator[](size_t index) const;
  /// The number of items of a list, tuple or dict.
  [[nodiscard]] size_t size() const;

  [[nodiscard]] const Dict& dict() const;
  [[nodiscard]] const at::Tensor& tensor() const;
  [[nodiscard]] const QuantizedTensor& quantized() const;
  [[nodiscard]] const std::string& string() const;
  [[nodiscard]] at::ScalarType dtype() const;
  [[nodiscard]] int64_t integer() const;
  /// A double; an int is converted.
  [[nodiscard]] double number() const;
  [[nodiscard]] bool boolean() const;

  [[nodiscard]] const Value& value() const { return *value_; }
  [[nodiscard]] const std::string& where() const { return where_; }

 private:
  template <typename T>
  const T& as(std::string_view expected) const;
  [[nodiscard]] const std::vector<Value>& items() const;

  const Value* value_;
  std::string where_;
};

}  // namespace floatsd::serialize
