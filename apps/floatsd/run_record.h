#pragma once
// Run record: what a run's checkpoint holds of how the run came about, so that going on with it
// asks the checkpoint and not a file that may have been edited.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "floatsd/data/dataset.h"
#include "floatsd/serialize/value.h"
#include "floatsd/workflow/recipe.h"

namespace floatsd::app {

/// The training images: how many, and the SHA-256 of pixels and labels.
struct DataIdentity {
  int64_t images = 0;
  std::string checksum;
  bool operator==(const DataIdentity&) const = default;
};

DataIdentity identity_of(const data::Dataset& dataset);

/// What else a run reads, by its name: the SHA-256.
using InputSums = std::map<std::string, std::string>;
inline constexpr const char* kWeightsFile = "weights file";

/// Of the test images, and of the files of weights and of a teacher if the recipe names them and
/// they are there.
InputSums input_sums(const workflow::Recipe& recipe, const data::Dataset& test_images);

struct RunRecord {
  std::string config;  ///< config.toml
  DataIdentity data;
  InputSums inputs = {};  ///< empty in checkpoints from before they were recorded
};

serialize::Value to_value(const RunRecord& record);

/// None in checkpoints from before there were records. Throws Error naming `where` and the field
/// that is wrong.
std::optional<RunRecord> read_record(const serialize::Value& value, const std::string& where);

/// Throws Error if the images are others than those that the run began with.
void require_same_data(const DataIdentity& before, const DataIdentity& now,
                       const std::filesystem::path& checkpoint);

/// Throws Error if an input that both name is another one now.
void require_same_inputs(const InputSums& before, const InputSums& now,
                         const std::filesystem::path& checkpoint);

}  // namespace floatsd::app
