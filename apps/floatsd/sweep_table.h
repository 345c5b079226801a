#pragma once
// Sweep table: what the runs of a sweep gave, format by format, kept in a file.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/core/codebook.h"

namespace floatsd::app {

/// A format of a sweep, or float32.
struct SweepFormat {
  std::string name;
  const Codebook* codebook = nullptr;  ///< null: float32
  int64_t bytes = 0;                   ///< of the network's weights
};

struct SweepRun {
  std::string format;
  uint64_t seed = 0;
  bool diverged = false;  ///< then it has no accuracy
  int64_t correct = 0, total = 0;
  std::optional<int64_t> mismatches;  ///< of prepared and integer network, where they were compared
};

class SweepTable {
 public:
  SweepTable(std::vector<SweepFormat> formats, std::filesystem::path file)
      : formats_(std::move(formats)), file_(std::move(file)) {}

  /// Takes in the runs of the file, where there is one. Throws Error naming what is wrong in it.
  void load();
  [[nodiscard]] bool has(const std::string& format, uint64_t seed) const;
  /// Forgets that run; the file does with the next one that is added.
  void remove(const std::string& format, uint64_t seed);
  /// Adds a run and replaces the file. Throws Error.
  void add(const SweepRun& run);

  /// Of all runs together.
  [[nodiscard]] int64_t mismatches() const;

  /// One object a format, in the order of the formats: costs, mean accuracy, its standard deviation
  /// where there are several, images right run by run; null where all diverged.
  [[nodiscard]] nlohmann::ordered_json summary() const;
  /// The summary as a table on stdout.
  void print() const;
  /// Accuracy over bits and over partial products, as SVG; empty where no run has an accuracy.
  [[nodiscard]] std::string picture(const std::string& title) const;

 private:
  std::vector<SweepFormat> formats_;
  std::filesystem::path file_;
  std::vector<SweepRun> runs_;
};

}  // namespace floatsd::app
