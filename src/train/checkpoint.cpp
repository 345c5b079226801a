#include "floatsd/train/checkpoint.h"

#include <ATen/ATen.h>
#include <torch/utils.h>

#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>

#include "floatsd/core/error.h"
#include "floatsd/nn/zoo.h"
#include "floatsd/qat/fuse.h"
#include "floatsd/qat/prepare.h"
#include "floatsd/serialize/torch_file.h"
#include "require.h"

namespace floatsd::train {
namespace {

using serialize::Dict;
using serialize::Field;
using serialize::List;

constexpr int64_t kVersion = 1;

std::string shape(const at::Tensor& tensor) {
  std::ostringstream text;
  text << tensor.sizes();
  return text.str();
}

/// Copies `from` into `into`, a parameter or buffer of the network.
void assign(const Field& from, const at::Tensor& into) {
  const at::Tensor& value = from.tensor();
  if (value.sizes() != into.sizes()) {
    throw Error(from.where() + ": shape " + shape(value) + ", expected " + shape(into));
  }
  if (!value.is_floating_point()) {
    throw Error(from.where() + ": not a tensor of floats");
  }
  const torch::NoGradGuard no_grad;
  into.detach().copy_(value);
}

bool is_quantizer_state(std::string_view name) {
  return name.find("_quantizer.") != std::string_view::npos;
}

Dict spec_to_dict(const NetworkSpec& spec) {
  List rules;
  for (const quant::QConfigRule& rule : spec.qconfig.rules) {
    rules.items.emplace_back(rule.pattern + "=" + quant::to_string(rule.value));
  }
  Dict dict;
  dict.add("network", spec.network);
  dict.add("weights", std::move(rules));
  dict.add("weight_observer", quant::to_string(spec.qconfig.weight_observer));
  List observers;
  for (const auto& rule : spec.qconfig.activation_observers) {
    observers.items.emplace_back(quant::to_string(rule));
  }
  dict.add("activation_observers", std::move(observers));
  dict.add("activations", quant::to_string(spec.signals.activations));
  dict.add("gradients", quant::to_string(spec.signals.gradients));
  dict.add("sums", quant::to_string(spec.signals.sums));
  dict.add("activation_scheme", quant::to_string(spec.qconfig.activation_scheme));
  dict.add("scales", quant::to_string(spec.qconfig.scales));
  return dict;
}

NetworkSpec spec_from(const Field& dict) {
  NetworkSpec spec{.network = dict["network"].string()};
  const Field rules = dict["weights"];
  for (size_t i = 0; i < rules.size(); ++i) {
    spec.qconfig.rules.push_back(quant::parse_qconfig_rule(rules[i].string()));
  }
  spec.qconfig.weight_observer = quant::parse_range_method(dict["weight_observer"].string());
  const auto add_observer = [&](const Field& rule) {
    spec.qconfig.activation_observers.push_back(
        quant::parse_rule(rule.string(), quant::parse_range_method));
  };
  if (dict.has("activation_observer")) {  // in checkpoints from before there were rules
    add_observer(dict["activation_observer"]);
  } else {
    const Field observers = dict["activation_observers"];
    for (size_t i = 0; i < observers.size(); ++i) {
      add_observer(observers[i]);
    }
  }
  if (dict.has("activations")) {  // checkpoints were float32 before there were signal formats
    spec.signals = {quant::parse_signal_format(dict["activations"].string()),
                    quant::parse_signal_format(dict["gradients"].string())};
  }
  if (dict.has("activation_scheme")) {  // it was affine
    spec.qconfig.activation_scheme =
        quant::parse_activation_scheme(dict["activation_scheme"].string());
  }
  if (dict.has("sums")) {  // they were float32
    spec.signals.sums = quant::parse_sums(dict["sums"].string());
  }
  if (dict.has("scales")) {  // not in files from before there was a choice
    spec.qconfig.scales = quant::parse_scale_grid(dict["scales"].string());
  }
  return spec;
}

bool is_ours(const Field& file) {
  return file.value().get_if<Dict>() != nullptr && file.has("floatsd");
}

/// The state dict of a file: of our checkpoint, of one that wraps it as training scripts do
/// ("state_dict", "net", "model"), or the file itself.
const Dict& find_state_dict(const Field& file) {
  for (const char* key : {"state_dict", "net", "model"}) {
    if (file.has(key) && file[key].value().get_if<Dict>() != nullptr) {
      return file[key].dict();
    }
  }
  return file.dict();
}

/// The entries of a state dict that weights can come from: without the counters of PyTorch's batch
/// norms, and with "module." taken off where every name has it.
Dict weights_of(Dict dict) {
  constexpr std::string_view kPrefix = "module.";
  std::erase_if(dict.entries,
                [](const auto& entry) { return entry.key.ends_with("num_batches_tracked"); });
  for (const auto& entry : dict.entries) {
    if (!entry.key.starts_with(kPrefix)) {
      return dict;
    }
  }
  for (auto& entry : dict.entries) {
    entry.key.erase(0, kPrefix.size());
  }
  return dict;
}

}  // namespace

nn::Graph make_graph(const NetworkSpec& spec) {
  nn::Graph graph = nn::make_network(spec.network);
  qat::fuse(graph);
  if (!spec.qconfig.rules.empty()) {
    require(spec.signals == quant::SignalFormats{},
            "--activations, --gradients and --sums are for float networks; with --weights "
            "activations are 8-bit codes and sums are integers");
    qat::prepare(graph, spec.qconfig);
  }
  for (const auto& [name, layer] : graph.layers()) {
    layer->signals = spec.signals;
  }
  return graph;
}

Checkpoint make_checkpoint(const NetworkSpec& spec, const nn::Graph& graph, qat::Phase phase) {
  Dict weights;
  for (const auto& [name, tensor] : graph.state()) {
    weights.add(name, tensor.detach());
  }
  return {
      .spec = spec, .phase = phase, .weights = std::move(weights), .trainer = {}, .run_record = {}};
}

void save_checkpoint(const Checkpoint& checkpoint, const std::filesystem::path& path) {
  Dict about = spec_to_dict(checkpoint.spec);
  about.add("version", kVersion);
  about.add("phase", qat::to_string(checkpoint.phase));
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
  const serialize::Value value = serialize::load_torch_file(path);
  const Field file(value, path.string());
  if (!is_ours(file)) {
    throw Error(path.string() +
                ": not a floatsd checkpoint (a plain state dict goes to "
                "`train --init` or `calibrate`)");
  }
  const Field about = file["floatsd"];
  if (about["version"].integer() != kVersion) {
    throw Error(path.string() + ": checkpoint version " +
                std::to_string(about["version"].integer()) + ", expected " +
                std::to_string(kVersion));
  }
  return {.spec = spec_from(about),
          .phase = qat::parse_phase(about["phase"].string()),
          .weights = file["state_dict"].value(),
          .trainer = file["trainer"].value(),
          .run_record = file.has("run_record") ? file["run_record"].value() : serialize::Value()};
}

bool is_checkpoint(const std::filesystem::path& path) {
  const serialize::Value value = serialize::load_torch_file(path);
  return is_ours(Field(value, path.string()));
}

void load_state(nn::Graph& graph, const Checkpoint& checkpoint) {
  const Field weights(checkpoint.weights, "state_dict");
  const auto state = graph.state();
  for (const auto& [name, tensor] : state) {
    assign(weights[name], tensor);
  }
  if (weights.size() != state.size()) {
    throw Error("state_dict: " + std::to_string(weights.size()) + " tensors, expected " +
                std::to_string(state.size()));
  }
}

nn::Graph restore_graph(const Checkpoint& checkpoint) {
  nn::Graph graph = make_graph(checkpoint.spec);
  load_state(graph, checkpoint);
  graph.set_pass(qat::evaluation_pass(checkpoint.phase));
  return graph;
}

void load_float_weights(nn::Graph& graph, const std::filesystem::path& path) {
  const serialize::Value value = serialize::load_torch_file(path);
  const serialize::Value entries = weights_of(find_state_dict(Field(value, path.string())));
  const Field weights(entries, path.string());

  std::set<std::string> expected;
  for (const auto& [name, tensor] : graph.state()) {
    if (!is_quantizer_state(name)) {
      const std::string published = nn::published_name(graph.network(), name);
      const std::string& found = weights.has(name) ? name : published;
      require(at::isfinite(weights[found].tensor()).all().item<bool>(),
              weights[found].where() + ": a value that is not finite");
      assign(weights[found], tensor);
      expected.insert(found);
    }
  }
  for (const auto& entry : weights.dict().entries) {
    if (!is_quantizer_state(entry.key) && !expected.contains(entry.key)) {
      throw Error(path.string() + ": " + entry.key + " is not a tensor of " + graph.network());
    }
  }
}

}  // namespace floatsd::train
