#include "interchange/onnx/metadata.h"

#include <nlohmann/json.hpp>

namespace floatsd::interchange::onnx {
namespace {

template <typename T>
std::vector<T> list_of(const std::map<std::string, std::string>& entries, const char* key) {
  const auto entry = entries.find(key);
  if (entry == entries.end()) {
    return {};
  }
  const auto json = nlohmann::json::parse(entry->second, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) {
    return {};
  }
  std::vector<T> values;
  for (const nlohmann::json& item : json) {
    const bool is_one = std::is_same_v<T, std::string> ? item.is_string() : item.is_number();
    if (!is_one) {
      return {};
    }
    values.push_back(item.get<T>());
  }
  return values;
}

}  // namespace

Metadata read_metadata(const std::map<std::string, std::string>& entries) {
  return {.mean = list_of<float>(entries, "mean"),
          .deviation = list_of<float>(entries, "std"),
          .class_names = list_of<std::string>(entries, "classes")};
}

}  // namespace floatsd::interchange::onnx
