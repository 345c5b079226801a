#include "run_folder.h"

#include <sstream>

#include "floatsd/core/error.h"
#include "floatsd/core/file.h"

namespace floatsd::app {

namespace fs = std::filesystem;

void RunFolder::require_empty() const {
  if (fs::exists(path_) && (!fs::is_directory(path_) || !fs::is_empty(path_))) {
    throw Error(path_.string() +
                ": not an empty folder; --resume goes on with the run in it, "
                "--overwrite starts anew");
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
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) {
    throw Error(path_.string() + ": cannot be made: " + error.message());
  }
  write_file(config(), config_text);
}

void RunFolder::require_same_config(const std::string& config_text) const {
  std::istringstream before(read_file(config()));
  std::istringstream now(config_text);
  std::string old_line;
  std::string new_line;
  while (std::getline(before, old_line) && std::getline(now, new_line)) {
    if (old_line != new_line) {
      throw Error(config().string() + ": the run has '" + old_line + "', the command '" + new_line +
                  "'; a resumed run keeps its config");
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
