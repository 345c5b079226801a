#include "trained_on.h"

#include <filesystem>

#include "floatsd/serialize/field.h"
#include "floatsd/train/checkpoint.h"
#include "given_flags.h"
#include "images/resize.h"
#include "run_record.h"
#include "serialize/tensor_file.h"
#include "toml_file.h"

namespace floatsd::app {

namespace {

DatasetFlags or_recorded(const DatasetFlags& given, const serialize::Value& run_record,
                         const std::string& where) {
  const auto record = read_record(run_record, where + ": run_record");
  if (!given.dataset.empty() || !record) {
    return given;
  }
  DatasetFlags found = given;
  for (const TomlEntry& entry : parse_toml(record->config, where + ": run_record: config")) {
    if (entry.values.size() == 1 && entry.key == "dataset") {
      found.dataset = entry.values.front().text;
      found.named_by = where + " was trained on it";
    }
    if (entry.values.size() == 1 && entry.key == "resize" && !given.resize) {
      found.resize = images::parse_size(entry.values.front().text);
    }
  }
  return found;
}

/// None of what is no checkpoint; a file that is missing is refused by whoever reads its weights.
serialize::Value run_record_of(const std::string& path) {
  std::error_code missing;
  if (!std::filesystem::exists(path, missing)) {
    return {};
  }
  const serialize::Value value = serialize::load_tensor_file(path);
  const serialize::Field file(value, path);
  return train::is_checkpoint(value) && file.has("run_record") ? file["run_record"].value()
                                                               : serialize::Value();
}

}  // namespace

DatasetFlags or_trained_on(const DatasetFlags& given, const train::Checkpoint& checkpoint,
                           const std::string& where) {
  return or_recorded(given, checkpoint.run_record, where);
}

void inherit_dataset(const CLI::App& command, workflow::Recipe& recipe,
                     std::vector<std::string>& remarks) {
  if (recipe.init.empty() || given_flags(command).contains("dataset")) {
    return;
  }
  const DatasetFlags theirs = or_recorded({.dataset = "", .resize = recipe.resize},
                                          run_record_of(recipe.init), recipe.init);
  if (theirs.dataset.empty()) {
    return;
  }
  if (theirs.dataset != recipe.dataset) {
    remarks.push_back("images: " + theirs.dataset + ", on which " + recipe.init +
                      " was trained; --dataset names others");
  }
  recipe.dataset = theirs.dataset;
  recipe.resize = theirs.resize;
}

}  // namespace floatsd::app
