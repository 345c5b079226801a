#pragma once
// Run record: what a run's checkpoint holds of how the run came about, so that going on with it
// asks the checkpoint and not a file that may have been edited.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "floatsd/data/dataset.h"
#include "floatsd/serialize/value.h"

namespace floatsd::app {

/// The training images: how many, and the SHA-256 of pixels and labels.
struct DataIdentity {
  int64_t images = 0;
  std::string checksum;
  bool operator==(const DataIdentity&) const = default;
};

DataIdentity identity_of(const data::Dataset& dataset);

struct RunRecord {
  std::string config;  ///< config.toml
  DataIdentity data;
};

serialize::Value to_value(const RunRecord& record);

/// None in checkpoints from before there were records. Throws Error naming `where` and the field
/// that is wrong.
std::optional<RunRecord> read_record(const serialize::Value& value, const std::string& where);

/// Throws Error if the images are others than those that the run began with.
void require_same_data(const DataIdentity& before, const DataIdentity& now,
                       const std::filesystem::path& checkpoint);

}  // namespace floatsd::app
