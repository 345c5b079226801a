#include "run_folder.h"

#include <algorithm>
#include <sstream>

#include "apart.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "metrics_csv.h"
#include "run_changes.h"
#include "tensorboard/event_file.h"

namespace floatsd::app {

namespace fs = std::filesystem;

namespace {

void remove_file(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) {
    throw Error(file.string() + ": cannot be removed: " + error.message());
  }
}

}  // namespace

void make_folder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    throw Error(path.string() + ": cannot be made: " + error.message());
  }
}

nlohmann::ordered_json parse_metrics(const std::string& line, const std::string& where) {
  auto parsed = nlohmann::ordered_json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    throw Error(where + " is not a JSON object");
  }
  for (const char* key : {"correct", "validation_correct"}) {
    if (parsed.contains(key) && !parsed[key].is_number_integer()) {
      throw Error(where + ": " + key + " is " + parsed[key].dump() + ", expected a whole number");
    }
  }
  return parsed;
}

void RunFolder::require_empty(const std::string& ways_out) const {
  if (fs::exists(path_) && (!fs::is_directory(path_) || !fs::is_empty(path_))) {
    throw Error(path_.string() + ": not an empty folder; " + ways_out);
  }
}

std::vector<fs::path> RunFolder::files() const {
  std::vector<fs::path> files = {config(), metrics(), metrics_csv(), report(),
                                 last(),   best(),    model(),       state_dict()};
  const std::vector<fs::path> events = tensorboard::event_files(path_);
  files.insert(files.end(), events.begin(), events.end());
  return files;
}

void RunFolder::require_apart_from(const fs::path& input) const {
  for (const fs::path& file : files()) {
    require_apart(input, file, "--overwrite");
  }
}

void RunFolder::require_not_replaced_by(const fs::path& output) const {
  for (const fs::path& file : files()) {
    if (file != report()) {
      require_apart(file, output, "--output");
    }
  }
}

void RunFolder::require_begun(const std::string& config_text) const {
  std::error_code missing;
  const bool is_same_run = fs::exists(config(), missing) && read_file(config()) == config_text;
  if (is_same_run && fs::exists(best(), missing)) {
    throw Error(best().string() + ": there is no " + last().filename().string() +
                " beside it; a copy under that name is what --resume goes on with, --overwrite "
                "begins anew");
  }
  std::vector<fs::path> ours = tensorboard::event_files(path_);
  if (is_same_run) {
    ours.insert(ours.end(), {config(), metrics(), metrics_csv()});
  }
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(path_, error)) {
    const fs::path& file = entry.path();
    if (file.extension() != ".part" && std::find(ours.begin(), ours.end(), file) == ours.end()) {
      throw Error(file.string() + ": is of no run that --resume goes on with, as there is no " +
                  last().filename().string() + "; expected another --output, or --overwrite");
    }
  }
}

void RunFolder::clear_but(const std::vector<fs::path>& kept) const {
  for (const fs::path& file : files()) {
    if (std::find(kept.begin(), kept.end(), file) == kept.end()) {
      remove_file(file);
    }
  }
}

void RunFolder::begin(const std::string& config_text) const {
  make_folder(path_);
  write_file(config(), config_text);
}

void RunFolder::require_same_config(const std::string& config_text,
                                    const std::string& default_text) const {
  const std::string before = read_file(config());
  for (const Change& change : changes(before, config().string(), config_text, default_text)) {
    refuse(change, config());
  }
}

void RunFolder::refuse(const Change& change, const fs::path& where) const {
  throw Error(where.string() + ": the run has '" + change.key + " = " + change.before +
              "', the command '" + change.key + " = " + change.now +
              "'; a resumed run keeps its config: expected the same, or --init " + last().string() +
              " and another --output");
}

std::vector<std::string> RunFolder::metrics_lines() const {
  std::vector<std::string> lines;
  if (!fs::exists(metrics())) {
    return lines;
  }
  std::istringstream text(read_file(metrics()));
  for (std::string line; std::getline(text, line);) {
    lines.push_back(line);
  }
  return lines;
}

std::string RunFolder::metrics_place(size_t index) const {
  return metrics().string() + ": line " + std::to_string(index + 1);
}

std::vector<nlohmann::ordered_json> RunFolder::read_metrics(int epochs) const {
  std::vector<std::string> lines = metrics_lines();
  lines.resize(std::min(lines.size(), static_cast<size_t>(epochs)));
  std::vector<nlohmann::ordered_json> parsed;
  for (size_t i = 0; i < lines.size(); ++i) {
    parsed.push_back(parse_metrics(lines[i], metrics_place(i)));
  }
  return parsed;
}

void RunFolder::write_metrics(const std::vector<nlohmann::ordered_json>& epochs) const {
  std::string text;
  for (const nlohmann::ordered_json& epoch : epochs) {
    text += epoch.dump() + '\n';
  }
  write_file(metrics(), text);
  write_file(metrics_csv(), to_csv(epochs));
}

}  // namespace floatsd::app
