#include "run_changes.h"

#include <algorithm>
#include <map>

#include "toml_file.h"

namespace floatsd::app {
namespace {

using Config = std::map<std::string, std::string>;  // values by key, as a config writes them

std::string value_text(const TomlEntry& entry) {
  std::string text;
  for (const TomlScalar& value : entry.values) {
    text += (text.empty() ? "" : ", ") +
            (value.type == TomlType::kText ? toml_text(value.text) : value.text);
  }
  return entry.values.size() == 1 ? text : "[" + text + "]";  // ["a"] is "a"
}

Config parse_config(const std::string& text, const std::string& name) {
  Config config;
  for (const TomlEntry& entry : parse_toml(text, name)) {
    config[entry.key] = value_text(entry);
  }
  return config;
}

}  // namespace

std::vector<Change> changes(const std::string& before, const std::string& before_name,
                            const std::string& now, const std::string& defaults) {
  const Config otherwise = parse_config(defaults, "defaults");
  const Config first = parse_config(before, before_name);
  const Config second = parse_config(now, "the command");
  const auto value = [&](const Config& of, const std::string& key) -> std::string {
    for (const Config* known : {&of, &otherwise}) {
      if (const auto found = known->find(key); found != known->end()) {
        return found->second;
      }
    }
    return "none";
  };
  Config keys = first;
  keys.insert(second.begin(), second.end());
  std::vector<Change> changes;
  for (const auto& [key, unused] : keys) {
    if (value(first, key) != value(second, key)) {
      changes.push_back({key, value(first, key), value(second, key)});
    }
  }
  // Another network has another normalization, too: what made the difference comes first.
  std::ranges::stable_partition(changes,
                                [](const Change& change) { return change.key == "network"; });
  return changes;
}

}  // namespace floatsd::app
