#include "floatsd/train/float_weights.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <utility>

#include "core/names.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "floatsd/nn/graph.h"
#include "floatsd/serialize/field.h"
#include "floatsd/train/checkpoint.h"
#include "nn/batch_norm.h"
#include "serialize/file_kind.h"
#include "serialize/tensor_file.h"
#include "train/assign.h"
#include "train/explain_mismatch.h"
#include "train/match_names.h"
#include "train/named_tensors.h"
#include "train/network_spec_value.h"
#include "train/quantized_weights.h"
#include "train/quantizer_state.h"

namespace floatsd::train {
namespace {

using serialize::QuantizedTensor;
using serialize::Value;

/// "conv1" of "conv1.weight".
std::string layer_of(const std::string& name) { return name.substr(0, name.rfind('.')); }

bool is_norm(const std::string& name) { return layer_of(name).ends_with(".norm"); }

/// What a layer computes with, by its name; counters and masks of tools are called otherwise.
bool is_parameter(const NamedTensor& tensor) {
  const auto* floats = tensor.value->get_if<at::Tensor>();
  const std::string last = tensor.name.substr(tensor.name.rfind('.') + 1);
  constexpr std::array<const char*, 4> kParameters = {"weight", "bias", "running_mean",
                                                      "running_var"};
  return (floats == nullptr || floats->is_floating_point()) &&
         std::find(kParameters.begin(), kParameters.end(), last) != kParameters.end();
}

/// The tensors behind one prefix, on their way into a network.
class Import {
 public:
  Import(nn::Graph& graph, const std::vector<NamedTensor>& tensors, const Match& match, Slash slash,
         std::string path)
      : graph_(graph), tensors_(tensors), match_(match), path_(std::move(path)) {
    const ExpectedTensors ours = expected_tensors(graph, Slash::kItself).front();
    const ExpectedTensors theirs = expected_tensors(graph, slash)[match.scheme];
    for (size_t i = 0; i < ours.size(); ++i) {
      names_.push_back({ours[i].first, theirs[i].first, ours[i].second});
    }
    for (const NamedTensor& tensor : tensors) {
      const std::string place = tensor.path();
      if (place.starts_with(match.prefix)) {
        by_name_.emplace(unwrapped(place.substr(match.prefix.size())), &tensor);
      }
    }
  }

  /// True if all is there that the network needs: all of its tensors, or quantized weights into
  /// which batch norms were folded.
  [[nodiscard]] bool is_complete() const {
    return std::all_of(names_.begin(), names_.end(), [this](const Name& name) {
      return match_.found.contains(name.theirs) || (is_norm(name.ours) && has_folded_norm(name));
    });
  }

  WeightsOrigin run() {
    check_shapes();
    for (const Name& name : names_) {
      const auto found = match_.found.find(name.theirs);
      if (found != match_.found.end()) {
        take(name, *found->second);
      } else {
        take_folded_norm(name);
      }
    }
    look_at_the_rest();
    const std::string& dict = match_.found.begin()->second->dict;
    const bool in_dict = !dict.empty() && match_.prefix.starts_with(dict + ".");
    origin_.dict = in_dict ? dict : "";
    origin_.prefix = in_dict ? match_.prefix.substr(dict.size() + 1) : match_.prefix;
    return std::move(origin_);
  }

 private:
  struct Name {
    std::string ours, theirs;
    at::Tensor into;
  };

  [[nodiscard]] std::string where(const std::string& name) const {
    return path_ + ": " + match_.prefix + name;
  }

  [[nodiscard]] const Value* find(const std::string& name) const {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : found->second->value;
  }

  /// What `name`'s layer is called in the file; of a norm, the layer that it is folded into.
  [[nodiscard]] std::string layer_in_file(const Name& name) const {
    const std::string layer =
        is_norm(name.ours) ? layer_of(layer_of(name.ours)) : layer_of(name.ours);
    const auto weight = std::find_if(names_.begin(), names_.end(), [&](const Name& other) {
      return other.ours == layer + ".weight";
    });
    return weight == names_.end() ? layer : layer_of(weight->theirs);
  }

  [[nodiscard]] const QuantizedTensor* quantized_weight(const Name& name) const {
    const Value* weight = find(layer_in_file(name) + ".weight");
    return weight == nullptr ? nullptr : weight->get_if<QuantizedTensor>();
  }

  [[nodiscard]] bool has_folded_norm(const Name& norm) const {
    return quantized_weight(norm) != nullptr && find(layer_in_file(norm) + ".bias") != nullptr;
  }

  /// All of them before any is copied, so that the message can count them.
  void check_shapes() const {
    std::vector<std::string> wrong;
    for (const Name& name : names_) {
      const auto found = match_.found.find(name.theirs);
      const auto* tensor =
          found == match_.found.end() ? nullptr : found->second->value->get_if<at::Tensor>();
      if (tensor != nullptr && tensor->sizes() != name.into.sizes()) {
        wrong.push_back(match_.prefix + name.theirs + ": shape " + shape_text(*tensor) +
                        ", expected " + shape_text(name.into));
      }
    }
    if (!wrong.empty()) {
      throw Error(path_ + ": " + wrong.front() +
                  (wrong.size() == 1
                       ? ""
                       : " (" + std::to_string(wrong.size()) + " tensors have another shape than " +
                             graph_.network() + "'s)") +
                  fitting_networks(graph_, tensors_));
    }
  }

  void take(const Name& name, const NamedTensor& from) {
    if (const auto* quantized = from.value->get_if<QuantizedTensor>()) {
      assign(where(name.theirs), real_values(*quantized), name.into);
      origin_.was_quantized = true;
      return;
    }
    const auto& tensor = *from.value->get_if<at::Tensor>();
    assign(where(name.theirs), is_int_bias(name, tensor) ? real_bias_of(name, tensor) : tensor,
           name.into);
  }

  [[nodiscard]] bool is_int_bias(const Name& name, const at::Tensor& tensor) const {
    return tensor.scalar_type() == at::kInt && name.ours.ends_with("bias") &&
           quantized_weight(name) != nullptr;
  }

  /// Of a layer's INT32 bias, whose unit is the scale of its input times that of its weights.
  [[nodiscard]] at::Tensor real_bias_of(const Name& name, const at::Tensor& bias) const {
    const std::string layer =
        is_norm(name.ours) ? layer_of(layer_of(name.ours)) : layer_of(name.ours);
    const auto scale_of = [this](const std::string& node) -> const at::Tensor* {
      const std::string file_name = node.empty()         ? "quant"
                                    : match_.scheme == 0 ? node
                                                         : node_in_file(node);
      const Value* scale = find(file_name + ".scale");
      const auto* tensor = scale == nullptr ? nullptr : scale->get_if<at::Tensor>();
      return tensor == nullptr || tensor->numel() != 1 ? nullptr : tensor;
    };
    try {
      return real_bias(bias, *quantized_weight(name), input_scale(graph_, layer, scale_of));
    } catch (const Error& error) {
      throw Error(path_ + ": " + error.what());
    }
  }

  [[nodiscard]] std::string node_in_file(const std::string& node) const {
    const auto named = std::find_if(names_.begin(), names_.end(), [&](const Name& name) {
      return name.ours == node + ".weight";
    });
    return named == names_.end() ? node : layer_of(named->theirs);
  }

  /// y = x + bias: what is left of a batch norm that the weights contain.
  void take_folded_norm(const Name& name) {
    const std::string part = name.ours.substr(name.ours.rfind('.') + 1);
    const double gamma = std::sqrt(1 + nn::BatchNorm2d::kEpsilon);  // over sqrt(variance + epsilon)
    at::Tensor value = at::full(name.into.sizes(), part == "weight" ? gamma : 0.0, at::kFloat);
    if (part == "running_var") {
      value.fill_(1);
    } else if (part == "bias") {
      const std::string bias_name = layer_in_file(name) + ".bias";
      const Value* found = find(bias_name);
      const auto* bias = found->get_if<at::Tensor>();
      require(bias != nullptr && bias->sizes() == name.into.sizes(),
              where(bias_name) + ": expected a bias of shape " + shape_text(name.into));
      value = bias->is_floating_point() ? *bias : real_bias_of(name, *bias);
    }
    assign(where(name.theirs), value, name.into);
    origin_.has_folded_norms = true;
  }

  /// What lies in the same place and is not the network's: a parameter of one of its layers would
  /// change what that layer computes; parameters of other layers are said.
  void look_at_the_rest() {
    std::set<std::string> layers;
    std::set<const NamedTensor*> taken;
    for (const Name& name : names_) {
      layers.insert(layer_of(name.theirs));
    }
    for (const auto& [name, tensor] : match_.found) {
      taken.insert(tensor);
    }
    const std::string& dict = match_.found.begin()->second->dict;
    for (const NamedTensor& tensor : tensors_) {
      const std::string path = tensor.path();
      if (tensor.dict != dict || !path.starts_with(match_.prefix) || taken.contains(&tensor) ||
          !is_parameter(tensor)) {
        continue;
      }
      const std::string name = unwrapped(path.substr(match_.prefix.size()));
      const bool is_folded_bias = origin_.has_folded_norms && name.ends_with(".bias");
      if (layers.contains(layer_of(name)) && !is_folded_bias) {
        throw Error(where(name) + " is not a tensor of " + graph_.network() + ", whose layer " +
                    layer_of(name) + " has no such parameter" + fitting_networks(graph_, tensors_));
      }
      if (!is_folded_bias) {
        origin_.left_out.push_back(name);
      }
    }
  }

  nn::Graph& graph_;
  const std::vector<NamedTensor>& tensors_;
  const Match& match_;
  std::string path_;
  std::vector<Name> names_;
  std::unordered_map<std::string, const NamedTensor*> by_name_;  // behind the prefix
  WeightsOrigin origin_;
};

/// Those that `from` means. Throws Error if there are none.
std::vector<Match> chosen(std::vector<Match> matches, const std::string& from,
                          const std::string& path) {
  if (from.empty()) {
    return matches;
  }
  std::vector<std::string> labels;
  for (const Match& match : matches) {
    labels.push_back(match.label());
  }
  std::erase_if(matches, [&](const Match& match) { return !is_meant(match, from); });
  std::stable_partition(matches.begin(), matches.end(),
                        [&](const Match& match) { return match.label() == from; });
  const std::string expected = labels == std::vector<std::string>{"."}
                                   ? ", expected no key: its one set lies at the top level"
                               : labels.empty() ? ""
                                                : ", expected one of " + list_text(quoted(labels));
  require(!matches.empty(), path + ": no weights under '" + from + "'" + expected);
  return matches;
}

}  // namespace

WeightFile::WeightFile(const std::filesystem::path& path)
    : WeightFile(path, serialize::load_tensor_file(path)) {}

WeightFile::WeightFile(std::filesystem::path path, serialize::Value file)
    : path_(std::move(path)), file_(std::move(file)) {
  if (is_checkpoint(file_)) {
    spec_ = network_spec_from(serialize::Field(file_, path_.string())["floatsd"]);
  }
}

nn::Graph WeightFile::make_graph(const nn::Architecture& architecture) const {
  return train::make_graph({.architecture = spec_ ? spec_->architecture : architecture});
}

bool WeightFile::was_trained_elsewhere() const {
  return !spec_ || (spec_->qconfig.rules.empty() &&
                    serialize::Field(file_, path_.string())["trainer"].value().is_none());
}

WeightsOrigin WeightFile::load_into(nn::Graph& graph, const std::string& from) const {
  const Value* root = &file_;
  if (spec_) {
    root = &serialize::Field(file_, path_.string())["state_dict"].value();
  }
  require(from.empty() || !spec_, path_.string() +
                                      ": a floatsd checkpoint, which has one set of "
                                      "weights; expected no weights-from");
  const Slash slash = spec_ ? Slash::kItself : Slash::kDot;
  std::vector<NamedTensor> tensors = named_tensors(*root, slash);
  std::erase_if(tensors, [](const NamedTensor& tensor) { return is_quantizer_state(tensor.name); });
  const std::vector<Match> matches =
      chosen(match_names(tensors, names_of(expected_tensors(graph, slash))), spec_ ? "" : from,
             path_.string());

  std::optional<WeightsOrigin> origin;
  std::string chosen_label;
  std::vector<std::string> others;
  constexpr size_t kMostSets = 64;
  for (size_t i = 0; i < std::min(matches.size(), kMostSets); ++i) {
    const Match& match = matches[i];
    Import import(graph, tensors, match, slash, path_.string());
    if (!import.is_complete()) {
      continue;
    }
    if (!origin) {
      origin = import.run();
      chosen_label = match.label();
    } else if (match.label() != chosen_label) {  // not the same tensors under two kinds of names
      others.push_back(match.label());
    }
  }
  if (!origin) {
    if (const std::string* network = matches.empty() ? whole_network_in(file_) : nullptr) {
      throw Error(path_.string() + ": " + serialize::whole_network(*network));
    }
    const std::vector<std::string> unread =
        tensors.empty() ? unread_values(*root) : std::vector<std::string>();
    throw Error(path_.string() + ": " + explain_missing(graph, tensors, matches, slash) +
                (unread.empty() ? "" : "; what it has is not read: " + list_text(unread)));
  }
  origin->is_checkpoint = spec_.has_value();
  origin->others = std::move(others);
  return std::move(*origin);
}

WeightsOrigin load_float_weights(nn::Graph& graph, const std::filesystem::path& path,
                                 const std::string& from) {
  return WeightFile(path).load_into(graph, from);
}

}  // namespace floatsd::train
