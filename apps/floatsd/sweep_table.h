#pragma once
// Sweep table: what the runs of a sweep gave, format by format, kept in a file.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "floatsd/workflow/sweep.h"

namespace floatsd::app {

using workflow::SweepJob;
using workflow::SweepRun;
using workflow::SweepSummary;

/// A row of sweep.json.
nlohmann::ordered_json to_json(const SweepRun& run);
/// Throws what the JSON library throws if a field is missing or of another type.
SweepRun run_from(const nlohmann::ordered_json& row);

/// Whether the job is the one that made the run.
bool is_of(const SweepRun& run, const SweepJob& job);

class SweepTable {
 public:
  SweepTable(std::vector<SweepJob> jobs, std::filesystem::path file)
      : jobs_(std::move(jobs)), file_(std::move(file)) {}

  /// Takes in the runs of the file, if there is one. Throws Error naming what is wrong in it.
  void load();
  [[nodiscard]] bool has(const SweepJob& job) const;
  /// Whether there is a row of that format and seed.
  [[nodiscard]] bool has(const SweepRun& run) const;
  [[nodiscard]] const std::vector<SweepRun>& runs() const { return runs_; }
  /// Forgets that run; the file does with the next one that is added.
  void remove(const SweepJob& job);
  /// Adds a run and replaces the file, whose rows stand in the order of the jobs, whoever made them
  /// when; those of other jobs come first. Throws Error.
  void add(const SweepRun& run);

  /// Of all runs together.
  [[nodiscard]] int64_t mismatches() const;

  /// One object a format, in the order of the formats: costs, mean accuracy, its standard deviation
  /// if there are several, images right run by run; null if all diverged.
  [[nodiscard]] nlohmann::ordered_json summary() const;
  /// The summary as a table on stdout.
  void print() const;
  /// Accuracy over bits and over partial products, as SVG; empty if no run has an accuracy.
  [[nodiscard]] std::string picture(const std::string& title) const;

 private:
  std::vector<SweepJob> jobs_;
  std::filesystem::path file_;
  std::vector<SweepRun> runs_;
};

}  // namespace floatsd::app
