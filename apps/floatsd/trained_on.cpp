#include "trained_on.h"

#include "floatsd/train/checkpoint.h"
#include "images/resize.h"
#include "run_record.h"
#include "toml_file.h"

namespace floatsd::app {

DatasetFlags or_trained_on(const DatasetFlags& given, const train::Checkpoint& checkpoint,
                           const std::string& where) {
  const auto record = read_record(checkpoint.run_record, where + ": run_record");
  if (!given.dataset.empty() || !record) {
    return given;
  }
  DatasetFlags found = given;
  for (const TomlEntry& entry : parse_toml(record->config, where + ": run_record: config")) {
    if (entry.values.size() == 1 && entry.key == "dataset") {
      found.dataset = entry.values.front().text;
      found.trained = where;
    }
    if (entry.values.size() == 1 && entry.key == "resize" && !given.resize) {
      found.resize = images::parse_size(entry.values.front().text);
    }
  }
  return found;
}

}  // namespace floatsd::app
