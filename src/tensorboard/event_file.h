#pragma once
// Event file: events as TFRecords in a run's folder, where TensorBoard looks for them. Each record
// is written at once and whole, so that a process that is killed leaves a file that can be read.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.h"
#include "tensorboard/event.h"

namespace floatsd::tensorboard {

/// A TFRecord: the length of `bytes` in 8 bytes, low byte first, its masked CRC-32C, `bytes`, and
/// theirs.
std::string record(std::string_view bytes);

/// The event files in the folder that EventFile made, told by their names, oldest first.
std::vector<std::filesystem::path> event_files(const std::filesystem::path& folder);

class EventFile {
 public:
  /// Begins a file in that folder, whose name comes after those of its event files that are there,
  /// as TensorBoard reads them in the order of their names. The run goes on with `first_step`, and
  /// what earlier files have of it and of later steps counts no more. Throws Error.
  EventFile(const std::filesystem::path& folder, int64_t first_step);

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

  /// Throw Error naming the file if it cannot be written.
  void add(int64_t step, const std::vector<Scalar>& scalars) const;
  void add(int64_t step, const std::string& tag, const Histogram& histogram) const;
  void add(int64_t step, const std::string& tag, const std::string& markdown) const;

 private:
  void append(const std::string& event) const;

  std::filesystem::path path_;
  Descriptor file_;
};

}  // namespace floatsd::tensorboard
