#include "run_record.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "checksum.h"
#include "core/counted.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "floatsd/serialize/field.h"

namespace floatsd::app {
namespace {

std::string sha256(const std::vector<uint8_t>& bytes) {
  return compute(Digest::kSha256, {reinterpret_cast<const char*>(bytes.data()), bytes.size()})
      .digits;
}

std::string text(const std::string& checksum) {
  constexpr size_t kShown = 12;
  return "SHA-256 " + checksum.substr(0, kShown) + "...";
}

std::string text(const DataIdentity& data) {
  return counted(data.images, "image") + " (" + text(data.checksum) + ")";
}

/// Low byte first; a byte each, as records from before had them, if that is enough.
std::vector<uint8_t> bytes_of(const std::vector<uint16_t>& labels) {
  const bool is_wide =
      std::any_of(labels.begin(), labels.end(), [](uint16_t label) { return label > UINT8_MAX; });
  std::vector<uint8_t> bytes;
  for (const uint16_t label : labels) {
    bytes.push_back(static_cast<uint8_t>(label));
    if (is_wide) {
      bytes.push_back(static_cast<uint8_t>(label >> 8));
    }
  }
  return bytes;
}

}  // namespace

DataIdentity identity_of(const data::Dataset& dataset) {
  const std::string both = sha256(dataset.images) + sha256(bytes_of(dataset.labels));
  return {.images = dataset.count, .checksum = compute(Digest::kSha256, both).digits};
}

InputSums input_sums(const workflow::Recipe& recipe, const data::Dataset& test_images) {
  InputSums sums = {{"test images", identity_of(test_images).checksum}};
  for (const auto& [name, path] :
       {std::pair(kWeightsFile, recipe.init), std::pair("teacher", recipe.teacher)}) {
    std::error_code missing;
    if (!path.empty() && std::filesystem::is_regular_file(path, missing)) {
      sums[name] = compute(Digest::kSha256, read_file(path)).digits;
    }
  }
  return sums;
}

serialize::Value to_value(const RunRecord& record) {
  serialize::Dict dict;
  dict.add("config", record.config);
  dict.add("images", record.data.images);
  dict.add("sha256", record.data.checksum);
  serialize::Dict inputs;
  for (const auto& [name, checksum] : record.inputs) {
    inputs.add(name, checksum);
  }
  dict.add("inputs", std::move(inputs));
  return dict;
}

std::optional<RunRecord> read_record(const serialize::Value& value, const std::string& where) {
  if (value.is_none()) {
    return std::nullopt;
  }
  const serialize::Field dict(value, where);
  RunRecord record{.config = dict["config"].string(),
                   .data = {dict["images"].integer(), dict["sha256"].string()}};
  if (dict.has("inputs")) {
    const serialize::Field inputs = dict["inputs"];
    for (const auto& [name, checksum] : inputs.dict().entries) {
      record.inputs[name] = inputs[name].string();
    }
  }
  return record;
}

void require_same_data(const DataIdentity& before, const DataIdentity& now,
                       const std::filesystem::path& checkpoint) {
  if (before != now) {
    throw Error(
        checkpoint.string() + ": was trained on " + text(before) + ", here are " + text(now) +
        "; a resumed run keeps its images: expected the same --data and --limit, or --init " +
        checkpoint.string() + " and another --output");
  }
}

void require_same_inputs(const InputSums& before, const InputSums& now,
                         const std::filesystem::path& checkpoint) {
  for (const auto& [name, checksum] : now) {
    const auto found = before.find(name);
    if (found != before.end() && found->second != checksum) {
      throw Error(checkpoint.string() + ": the run's " + name + ": " + text(found->second) +
                  ", here " + text(checksum) + "; expected the same, or another --output");
    }
  }
}

}  // namespace floatsd::app
