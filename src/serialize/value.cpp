#include "floatsd/serialize/value.h"

#include <algorithm>
#include <array>

#include "floatsd/core/error.h"

namespace floatsd::serialize {

void check_scales(const QuantizedTensor& tensor) {
  const bool axis_fits = !tensor.axis || (*tensor.axis >= 0 && *tensor.axis < tensor.codes.dim());
  const int64_t expected = tensor.axis && axis_fits ? tensor.codes.size(*tensor.axis) : 1;
  if (!axis_fits || std::ssize(tensor.scales) != expected ||
      std::ssize(tensor.zero_points) != expected) {
    throw Error("a quantized tensor with " + std::to_string(tensor.scales.size()) + " scales and " +
                std::to_string(tensor.zero_points.size()) + " zero points, expected " +
                std::to_string(expected) + " of each");
  }
}

void Dict::add(std::string key, Value value) {
  if (find(key) != nullptr) {
    throw Error("key '" + key + "' occurs twice in one dict");
  }
  entries.push_back({std::move(key), std::move(value)});
}

const Value* Dict::find(std::string_view key) const {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &found->value;
}

std::string_view kind(const Value& value) {
  constexpr std::array<std::string_view, std::variant_size_v<Value::Data>> kNames = {
      "None",    "a bool", "an int",  "a float", "a string",       "a tensor", "a quantized tensor",
      "a dtype", "a list", "a tuple", "a dict",  "a Python object"};
  return kNames[value.data().index()];
}

}  // namespace floatsd::serialize
