#pragma once
// JSON from a file that may be damaged: read strictly, so that nothing in it is passed over.
// Includes nlohmann/json.hpp, which the installed package does not bring.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "floatsd/core/error.h"

namespace floatsd {

/// The value of `text`, in time that grows with its length (an ordered_json takes the square of it
/// for an object of many keys). Throws Error beginning with `where` ("its header") if the text
/// is no JSON, with the line and the column at which it ceases to be, or longer than any header, if
/// an object has a key twice, or if values are nested too deep.
nlohmann::json parse_json(std::string_view text, const std::string& where);

/// The value as JSON, cut off if it is long: for messages.
std::string shortened(const nlohmann::json& value);

/// A number without fraction, in the range of T. Throws Error with the value otherwise.
template <typename T>
T to_integer(const nlohmann::json& json) {
  if (json.is_number_unsigned() && std::in_range<T>(json.get<uint64_t>())) {
    return static_cast<T>(json.get<uint64_t>());
  }
  if (json.is_number_integer() && !json.is_number_unsigned() &&
      std::in_range<T>(json.get<int64_t>())) {
    return static_cast<T>(json.get<int64_t>());
  }
  throw Error(shortened(json) + ", expected an integer of " + std::to_string(8 * sizeof(T)) +
              " bits");
}

/// What `read` makes of the key's value; what it refuses is refused under the key.
template <typename Read>
auto value_at(const nlohmann::json& object, const char* key, const Read& read) {
  try {
    return read(object.at(key));
  } catch (const Error& error) {
    throw Error(std::string(key) + " " + error.what());
  }
}

template <typename T>
T integer_at(const nlohmann::json& object, const char* key) {
  return value_at(object, key, to_integer<T>);
}

template <typename T>
std::vector<T> integers_at(const nlohmann::json& object, const char* key) {
  std::vector<T> result;
  try {
    for (const auto& json : object.at(key).get_ref<const nlohmann::json::array_t&>()) {
      result.push_back(to_integer<T>(json));
    }
  } catch (const Error& error) {
    throw Error(std::string(key) + " has " + error.what());
  }
  return result;
}

}  // namespace floatsd
