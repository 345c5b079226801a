#include "network_to_measure.h"

#include <ATen/Version.h>
#include <torch/headeronly/version.h>

#include "checksum.h"
#include "floatsd/convert/to_program.h"
#include "floatsd/core/error.h"
#include "floatsd/runtime/model_file.h"
#include "floatsd/train/checkpoint.h"
#include "serialize/tensor_file.h"
#include "trained_on.h"

namespace floatsd::app {
namespace {

OpenedNetwork open_checkpoint(const serialize::Value& value, const std::string& path,
                              const DatasetFlags& given) {
  const train::Checkpoint checkpoint = train::checkpoint_from(value, path);
  OpenedNetwork opened{.network = {}, .dataset = or_trained_on(given, checkpoint, path)};
  opened.network.graph.emplace(train::restore_graph(checkpoint));
  if (passes::evaluation_pass(checkpoint.phase) == quant::Pass::kInteger) {
    opened.network.integer.emplace(convert::to_program(*opened.network.graph));
  }
  return opened;
}

}  // namespace

OpenedNetwork open_network(const std::string& path, const DatasetFlags& given) {
  const serialize::WantedFile file = serialize::read_wanted(path, serialize::Wanted::kNetwork);
  if (file.kind == serialize::FileKind::kModel) {
    OpenedNetwork opened{.network = {}, .dataset = given};
    opened.network.integer.emplace(runtime::parse_model(file.bytes, path));
    return opened;
  }
  const serialize::Value value = serialize::parse_tensor_file(file, path);
  if (!train::is_checkpoint(value)) {
    throw Error(path + ": " + serialize::refusal(file.kind, serialize::Wanted::kCheckpoint));
  }
  return open_checkpoint(value, path, given);
}

std::array<int64_t, 3> image_shape(const workflow::NetworkToMeasure& network) {
  if (network.integer) {
    const ActivationShape& input = network.integer->program().input_shape;
    return {input.channels, input.height, input.width};
  }
  const nn::InputSpec& input = network.graph->input();
  return {input.channels, input.height, input.width};
}

check::Fingerprint fingerprint(const workflow::NetworkToMeasure& network) {
  check::Fingerprint found{.libtorch = TORCH_VERSION, .cpu_capability = at::get_cpu_capability()};
  std::string all;
  for (const check::Part& part : workflow::parts(network)) {
    found.layers.push_back({part.name, compute(Digest::kSha256, part.bytes).digits});
    all += part.name + '\0' + found.layers.back().sha256 + '\n';
  }
  found.sha256 = compute(Digest::kSha256, all).digits;
  return found;
}

}  // namespace floatsd::app
