#include "floatsd/emit/onnx.h"

#include "core/file.h"
#include "core/refuse.h"
#include "emit/onnx/metadata.h"
#include "emit/onnx/styles.h"

namespace floatsd::emit {
namespace {

constexpr int64_t kOpset = 17;
/// Protobuf's readers take no larger message.
constexpr size_t kMostBytes = (size_t{1} << 31) - 1;

using Writer = void (*)(const runtime::Program&, onnx::Graph&);
constexpr Writer kWriters[] = {onnx::write_integer, onnx::write_qdq, onnx::write_qonnx};

}  // namespace

void write_onnx(const runtime::Program& program, OnnxStyle style,
                const std::filesystem::path& path) {
  // A graph without a name is no valid one.
  onnx::Graph graph(program.network.empty() ? "network" : program.network);
  graph.import_opset("", kOpset);
  onnx::add_metadata({.input_shape = program.input_shape,
                      .mean = program.normalization.mean,
                      .deviation = program.normalization.deviation,
                      .class_names = program.class_names},
                     graph.metadata());
  kWriters[static_cast<size_t>(style)](program, graph);
  const std::string bytes = onnx::serialize(graph.model());
  require(bytes.size() <= kMostBytes, path.string() + ": " + std::to_string(bytes.size()) +
                                          " bytes, expected less than the 2 GiB of an ONNX file");
  write_file(path, bytes);
}

}  // namespace floatsd::emit
