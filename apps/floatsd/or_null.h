#pragma once
// Or null: a value that may be missing, as --json has it.

#include <functional>
#include <nlohmann/json.hpp>
#include <optional>

namespace floatsd::app {

/// null if there is no value; else what `part` gives of it: a member, or the value itself.
template <typename T, typename Part = std::identity>
nlohmann::ordered_json or_null(const std::optional<T>& value, const Part& part = {}) {
  return value ? nlohmann::ordered_json(std::invoke(part, *value)) : nullptr;
}

}  // namespace floatsd::app
