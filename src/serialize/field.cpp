#include "floatsd/serialize/field.h"

#include "floatsd/core/error.h"

namespace floatsd::serialize {

template <typename T>
const T& Field::as(std::string_view expected) const {
  if (const T* found = value_->get_if<T>()) {
    return *found;
  }
  const auto* opaque = value_->get_if<Opaque>();
  throw Error(where_ + ": is " + std::string(kind(*value_)) +
              (opaque != nullptr ? " (" + opaque->name + ")" : "") + ", expected " +
              std::string(expected));
}

const std::vector<Value>& Field::items() const {
  const auto* tuple = value_->get_if<Tuple>();
  return tuple != nullptr ? tuple->items : as<List>("a list or a tuple").items;
}

Field Field::operator[](std::string_view key) const {
  const Value* found = dict().find(key);
  if (found == nullptr) {
    throw Error(where_ + ": has no key '" + std::string(key) + "'");
  }
  return {*found, where_ + ": " + std::string(key)};
}

bool Field::has(std::string_view key) const { return dict().find(key) != nullptr; }

Field Field::operator[](size_t index) const {
  if (index >= items().size()) {
    throw Error(where_ + ": has " + std::to_string(items().size()) + " items, expected at least " +
                std::to_string(index + 1));
  }
  return {items()[index], where_ + ": item " + std::to_string(index)};
}

size_t Field::size() const {
  const auto* dict = value_->get_if<Dict>();
  return dict != nullptr ? dict->entries.size() : items().size();
}

const Dict& Field::dict() const { return as<Dict>("a dict"); }
const at::Tensor& Field::tensor() const { return as<at::Tensor>("a tensor"); }
const QuantizedTensor& Field::quantized() const {
  return as<QuantizedTensor>("a quantized tensor");
}
const std::string& Field::string() const { return as<std::string>("a string"); }
at::ScalarType Field::dtype() const { return as<at::ScalarType>("a dtype"); }
int64_t Field::integer() const { return as<int64_t>("an int"); }
bool Field::boolean() const { return as<bool>("a bool"); }

double Field::number() const {
  const auto* integer = value_->get_if<int64_t>();
  return integer != nullptr ? static_cast<double>(*integer) : as<double>("a number");
}

}  // namespace floatsd::serialize
