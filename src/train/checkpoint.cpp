#include "floatsd/train/checkpoint.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <string>
#include <utility>

#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "serialize/tensor_file.h"
#include "serialize/torch_file.h"
#include "train/assign.h"
#include "train/network_spec_value.h"
#include "train/quantizer_state.h"

namespace floatsd::train {
namespace {

using serialize::Dict;
using serialize::Field;
using serialize::List;

constexpr int64_t kVersion = 1;

/// Throws Error if a tensor in it is NaN, however deep. (Whether it may be infinite is for
/// whoever takes it.)
void check_numbers(const Field& field) {
  if (const auto* tensor = field.value().get_if<at::Tensor>()) {
    require(!tensor->is_floating_point() || !at::isnan(*tensor).any().item<bool>(),
            field.where() + ": a value that is not a number");
  } else if (const auto* dict = field.value().get_if<Dict>()) {
    for (const auto& [key, value] : dict->entries) {
      check_numbers({value, field.where() + ": " + key});
    }
  } else if (field.value().get_if<List>() != nullptr) {
    for (size_t i = 0; i < field.size(); ++i) {
      check_numbers(field[i]);
    }
  }
}

}  // namespace

Checkpoint make_checkpoint(const NetworkSpec& spec, const nn::Graph& graph, quant::Pass phase) {
  Dict weights;
  for (const auto& [name, tensor] : graph.state()) {
    weights.add(name, tensor.detach());
  }
  return {.spec = spec,
          .phase = phase,
          .weights = std::move(weights),
          .trainer = {},
          .run_record = {},
          .file = {}};
}

void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  Dict about = to_dict(checkpoint.spec);
  about.add("version", kVersion);
  about.add("phase", passes::to_string(checkpoint.phase));
  Dict file;
  file.add("floatsd", std::move(about));
  file.add("state_dict", checkpoint.weights);
  file.add("trainer", checkpoint.trainer);
  if (!checkpoint.run_record.is_none()) {
    file.add("run_record", checkpoint.run_record);
  }
  serialize::save_torch_file(path, std::move(file));
}

Checkpoint load_checkpoint(const std::filesystem::path& path) {
  using serialize::Wanted;
  const serialize::WantedFile file = serialize::read_wanted(path, Wanted::kCheckpoint);
  const serialize::Value value = serialize::parse_tensor_file(file, path);
  require(is_checkpoint(value),
          path.string() + ": " + serialize::refusal(file.kind, Wanted::kCheckpoint));
  return checkpoint_from(value, path);
}

Checkpoint checkpoint_from(const serialize::Value& value, const std::filesystem::path& path) {
  const Field file(value, path.string());
  const Field about = file["floatsd"];
  if (about["version"].integer() != kVersion) {
    throw Error(path.string() + ": checkpoint version " +
                std::to_string(about["version"].integer()) + ", expected " +
                std::to_string(kVersion));
  }
  check_numbers(file["state_dict"]);
  check_numbers(file["trainer"]);
  return {.spec = network_spec_from(about),
          .phase = named(about["phase"].where(),
                         [&] { return passes::parse_phase(about["phase"].string()); }),
          .weights = file["state_dict"].value(),
          .trainer = file["trainer"].value(),
          .run_record = file.has("run_record") ? file["run_record"].value() : serialize::Value(),
          .file = path.string()};
}

bool is_checkpoint(const serialize::Value& file) {
  const auto* dict = file.get_if<Dict>();
  return dict != nullptr && dict->find("floatsd") != nullptr;
}

void load_state(nn::Graph& graph, const Checkpoint& checkpoint) {
  const std::string where = (checkpoint.file.empty() ? "" : checkpoint.file + ": ") + "state_dict";
  const Field weights(checkpoint.weights, where);
  const auto state = graph.state();
  for (const auto& [name, tensor] : state) {
    const Field field = weights[name];
    if (is_quantizer_state(name)) {
      assign_range(field.where(), field.tensor(), tensor);
    } else {
      assign(field.where(), field.tensor(), tensor);
    }
  }
  for (const serialize::DictEntry& entry : weights.dict().entries) {
    require(std::any_of(state.begin(), state.end(),
                        [&](const auto& of_graph) { return of_graph.first == entry.key; }),
            where + ": " + entry.key + " is no tensor of " + graph.network());
  }
}

nn::Graph restore_graph(const Checkpoint& checkpoint) {
  nn::Graph graph = make_graph(checkpoint.spec);
  load_state(graph, checkpoint);
  return graph;
}

}  // namespace floatsd::train
