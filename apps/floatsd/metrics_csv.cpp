#include "metrics_csv.h"

#include <algorithm>

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

/// In quotes if it has to be.
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string csv_cell(const ordered_json& object, const std::string& key) {
  const auto found = object.find(key);
  if (found == object.end() || found->is_null()) {
    return "";
  }
  return csv_cell(found->is_string() ? found->get<std::string>() : found->dump());
}

}  // namespace

std::string to_csv(const std::vector<ordered_json>& objects) {
  std::vector<std::string> keys;
  for (const ordered_json& object : objects) {
    for (const auto& [key, value] : object.items()) {
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
        keys.push_back(key);
      }
    }
  }
  std::string text;
  const auto add_row = [&](const auto& cell_of) {
    for (size_t i = 0; i < keys.size(); ++i) {
      text += (i == 0 ? "" : ",") + cell_of(keys[i]);
    }
    text += '\n';
  };
  add_row([](const std::string& key) { return csv_cell(key); });
  for (const ordered_json& object : objects) {
    add_row([&](const std::string& key) { return csv_cell(object, key); });
  }
  return text;
}

}  // namespace floatsd::app
