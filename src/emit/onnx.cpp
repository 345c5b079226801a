#include "floatsd/emit/onnx.h"

#include <nlohmann/json.hpp>

#include "core/file.h"
#include "core/refuse.h"
#include "core/shortest_decimal.h"
#include "emit/onnx/styles.h"

namespace floatsd::emit {
namespace {

constexpr int64_t kOpset = 17;
/// Protobuf's readers take no larger message.
constexpr size_t kMostBytes = (size_t{1} << 31) - 1;

using Writer = void (*)(const runtime::Program&, onnx::Graph&);
constexpr Writer kWriters[] = {onnx::write_integer, onnx::write_qdq, onnx::write_qonnx};

std::string json_text(const std::vector<float>& values) {
  nlohmann::json json = nlohmann::json::array();
  for (const float value : values) {
    json.push_back(shortest_decimal(value));
  }
  return json.dump();
}

/// What a person needs to know who feeds the network, as JSON texts.
void add_metadata(const runtime::Program& program, onnx::Graph& graph) {
  const auto& [channels, height, width] = program.input_shape;
  graph.add_metadata("input_shape", nlohmann::json({channels, height, width}).dump());
  if (!program.normalization.mean.empty()) {
    graph.add_metadata("mean", json_text(program.normalization.mean));
    graph.add_metadata("std", json_text(program.normalization.deviation));
  }
  if (!program.class_names.empty()) {
    graph.add_metadata("classes", nlohmann::json(program.class_names).dump());
  }
}

}  // namespace

void write_onnx(const runtime::Program& program, OnnxStyle style,
                const std::filesystem::path& path) {
  onnx::Graph graph(program.network);
  graph.import_opset("", kOpset);
  add_metadata(program, graph);
  kWriters[static_cast<size_t>(style)](program, graph);
  const std::string bytes = onnx::serialize(graph.model());
  require(bytes.size() <= kMostBytes, path.string() + ": " + std::to_string(bytes.size()) +
                                          " bytes, expected less than the 2 GiB of an ONNX file");
  write_file(path, bytes);
}

}  // namespace floatsd::emit
