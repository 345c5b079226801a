#include "emit/onnx/metadata.h"

#include <nlohmann/json.hpp>

#include "core/shortest_decimal.h"

namespace floatsd::emit::onnx {
namespace {

std::string json_text(const std::vector<float>& values) {
  nlohmann::json json = nlohmann::json::array();
  for (const float value : values) {
    json.push_back(shortest_decimal(value));
  }
  return json.dump();
}

}  // namespace

void add_metadata(const Metadata& metadata, std::vector<std::pair<std::string, std::string>>& to) {
  const auto& [channels, height, width] = metadata.input_shape;
  to.emplace_back("input_shape", nlohmann::json({channels, height, width}).dump());
  if (!metadata.mean.empty()) {
    to.emplace_back("mean", json_text(metadata.mean));
    to.emplace_back("std", json_text(metadata.deviation));
  }
  if (!metadata.class_names.empty()) {
    to.emplace_back("classes", nlohmann::json(metadata.class_names).dump());
  }
}

}  // namespace floatsd::emit::onnx
