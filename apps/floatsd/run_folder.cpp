#include "run_folder.h"

#include <map>
#include <sstream>

#include "floatsd/core/error.h"
#include "floatsd/core/file.h"
#include "toml_file.h"

namespace floatsd::app {

namespace fs = std::filesystem;

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

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    throw Error(path.string() + ": cannot be made: " + error.message());
  }
}

void RunFolder::require_empty(const std::string& ways_out) const {
  if (fs::exists(path_) && (!fs::is_directory(path_) || !fs::is_empty(path_))) {
    throw Error(path_.string() + ": not an empty folder; " + ways_out);
  }
}

std::vector<fs::path> RunFolder::files() const {
  return {config(), metrics(), last(), best(), model(), state_dict()};
}

void RunFolder::require_apart_from(const fs::path& input) const {
  for (const fs::path& file : files()) {
    std::error_code missing;  // then they are not the same
    if (fs::equivalent(file, input, missing)) {
      throw Error(input.string() +
                  ": is read, and --overwrite would replace it; expected another "
                  "--output");
    }
  }
}

void RunFolder::clear() const {
  for (const fs::path& file : files()) {
    std::error_code error;
    fs::remove(file, error);
    if (error) {
      throw Error(file.string() + ": cannot be removed: " + error.message());
    }
  }
}

void RunFolder::begin(const std::string& config_text) const {
  make_folder(path_);
  write_file(config(), config_text);
}

void RunFolder::require_same_config(const std::string& config_text,
                                    const std::string& default_text) const {
  const Config defaults = parse_config(default_text, "defaults");
  const Config before = parse_config(read_file(config()), config().string());
  const Config now = parse_config(config_text, "the command");
  const auto value = [&](const Config& of, const std::string& key) -> std::string {
    for (const Config* known : {&of, &defaults}) {
      if (const auto found = known->find(key); found != known->end()) {
        return found->second;
      }
    }
    return "none";
  };
  for (const Config* keys : {&before, &now}) {
    for (const auto& [key, unused] : *keys) {
      if (value(before, key) != value(now, key)) {
        throw Error(config().string() + ": the run has '" + key + " = " + value(before, key) +
                    "', the command '" + key + " = " + value(now, key) +
                    "'; a resumed run keeps its config");
      }
    }
  }
}

std::vector<nlohmann::ordered_json> RunFolder::read_metrics(int epochs) const {
  std::vector<nlohmann::ordered_json> lines;
  if (!fs::exists(metrics())) {
    return lines;
  }
  std::istringstream text(read_file(metrics()));
  std::string line;
  while (static_cast<int>(lines.size()) < epochs && std::getline(text, line)) {
    auto parsed = nlohmann::ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!parsed.is_object()) {
      throw Error(metrics().string() + ": line " + std::to_string(lines.size() + 1) +
                  " is not a JSON object");
    }
    lines.push_back(std::move(parsed));
  }
  return lines;
}

void RunFolder::write_metrics(const std::vector<nlohmann::ordered_json>& epochs) const {
  std::string text;
  for (const nlohmann::ordered_json& epoch : epochs) {
    text += epoch.dump() + '\n';
  }
  write_file(metrics(), text);
}

}  // namespace floatsd::app
