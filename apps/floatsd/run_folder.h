#pragma once
// Run folder: where a training leaves what it makes, so that it can be resumed and reproduced.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "run_changes.h"

namespace floatsd::app {

/// With all above it, if it is not there yet. Throws Error.
void make_folder(const std::filesystem::path& path);

/// A line of metrics.jsonl. Throws Error beginning with `where` unless it is an object in which
/// "correct" and "validation_correct" are whole numbers if they are there.
nlohmann::ordered_json parse_metrics(const std::string& line, const std::string& where);

class RunFolder {
 public:
  static constexpr const char* kWaysOutOfTraining =
      "--resume goes on with the run in it, --overwrite starts anew";

  explicit RunFolder(std::filesystem::path path) : path_(std::move(path)) {}

  [[nodiscard]] std::filesystem::path config() const { return path_ / "config.toml"; }
  [[nodiscard]] std::filesystem::path metrics() const { return path_ / "metrics.jsonl"; }
  [[nodiscard]] std::filesystem::path metrics_csv() const { return path_ / "metrics.csv"; }
  [[nodiscard]] std::filesystem::path report() const { return path_ / "report.html"; }
  [[nodiscard]] std::filesystem::path last() const { return path_ / "last.pt"; }
  [[nodiscard]] std::filesystem::path best() const { return path_ / "best.pt"; }
  [[nodiscard]] std::filesystem::path model() const { return path_ / "model.safetensors"; }
  [[nodiscard]] std::filesystem::path state_dict() const { return path_ / "model.pt"; }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Throws Error if the folder holds anything already; `ways_out` are the flags that help then.
  void require_empty(const std::string& ways_out = kWaysOutOfTraining) const;
  /// Throws Error if `input` is one of the files that clear() removes.
  void require_apart_from(const std::filesystem::path& input) const;
  /// Throws Error if `output` is one of the files that a report is made of.
  void require_not_replaced_by(const std::filesystem::path& output) const;
  /// Removes the files of an earlier run, and nothing else.
  void clear() const { clear_but({}); }
  /// Throws Error if the folder holds more than a run with that config leaves that ended before its
  /// first checkpoint, as on a full disk: the config and beside it the metrics, TensorBoard's
  /// events, and files that were never finished. If it holds best.pt, the error says how to go on
  /// with that.
  void require_begun(const std::string& config_text) const;
  /// The same, and leaves those in `kept`.
  void clear_but(const std::vector<std::filesystem::path>& kept) const;
  /// Makes the folder and writes config.toml. Throws Error.
  void begin(const std::string& config) const;
  /// Throws Error naming a key in which `config` differs from the run's own; a key that one of them
  /// has not counts as in `defaults` (so runs go on that began before there was such a key).
  void require_same_config(const std::string& config, const std::string& defaults) const;
  /// Throws Error that a resumed run keeps its config, which stands in `where`.
  [[noreturn]] void refuse(const Change& change, const std::filesystem::path& where) const;

  /// The lines of metrics.jsonl; none if there is no such file. Throws Error.
  [[nodiscard]] std::vector<std::string> metrics_lines() const;
  /// "r/metrics.jsonl: line 3", for the line of that index.
  [[nodiscard]] std::string metrics_place(size_t index) const;
  /// The first `epochs` of those lines, one object an epoch. Throws Error.
  [[nodiscard]] std::vector<nlohmann::ordered_json> read_metrics(int epochs) const;
  /// Replaces metrics.jsonl, and metrics.csv, which has the same as a table.
  void write_metrics(const std::vector<nlohmann::ordered_json>& epochs) const;

 private:
  /// All that a run leaves.
  [[nodiscard]] std::vector<std::filesystem::path> files() const;

  std::filesystem::path path_;
};

}  // namespace floatsd::app
