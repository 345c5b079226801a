#include "train/explain_mismatch.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "core/names.h"
#include "core/shape_text.h"
#include "floatsd/models/zoo.h"
#include "floatsd/nn/graph.h"
#include "floatsd/passes/fuse.h"
#include "train/assign.h"
#include "train/quantizer_state.h"

namespace floatsd::train {
namespace {

at::IntArrayRef sizes_of(const serialize::Value& value) {
  const auto* quantized = value.get_if<serialize::QuantizedTensor>();
  return quantized != nullptr ? quantized->codes.sizes() : value.get_if<at::Tensor>()->sizes();
}

std::string with_shape(const NamedTensor& tensor) {
  const std::string path = tensor.path();
  return (path.empty() ? "one without a name" : path) + " " +
         floatsd::shape_text(sizes_of(*tensor.value));
}

size_t graph_size(const nn::Graph& graph) {
  return expected_tensors(graph, Slash::kDot).front().size();
}

constexpr std::string_view kNormPart = ".norm.";

/// "bn1.weight" of "conv1.norm.weight", if bn1 is the batch norm that was folded into conv1;
/// "bn1.weight" of "bn1.norm.weight", if it stands alone; any other name as it is.
std::string name_by_node(const nn::Architecture& architecture, const std::string& ours) {
  const size_t at = ours.rfind(kNormPart);
  const std::optional<int> place =
      at == std::string::npos ? std::nullopt : architecture.find(ours.substr(0, at));
  if (!place) {
    return ours;
  }
  const std::string parameter = ours.substr(at + kNormPart.size());
  for (const nn::Architecture::Node& node : architecture.nodes()) {
    const bool is_it = &node == &architecture.nodes()[*place] || node.inputs.front() == *place;
    if (is_it && std::holds_alternative<nn::op::BatchNorm>(node.op)) {
      return node.name + "." + parameter;
    }
  }
  return ours;
}

bool has_names_of(const ExpectedTensors& a, const ExpectedTensors& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const auto& x, const auto& y) { return x.first == y.first; });
}

enum class Fit { kNone, kNames, kNamesAndShapes };

/// What of all the network's tensors the file has.
Fit fit(const nn::Graph& graph, const std::vector<NamedTensor>& tensors) {
  const std::vector<ExpectedTensors> expected = expected_tensors(graph, Slash::kDot);
  Fit best = Fit::kNone;
  for (const Match& match : match_names(tensors, names_of(expected))) {
    const ExpectedTensors& all = expected[match.scheme];
    if (match.found.size() < all.size()) {
      continue;
    }
    const bool has_shapes = std::all_of(all.begin(), all.end(), [&](const auto& named) {
      return sizes_of(*match.found.at(named.first)->value) == named.second.sizes();
    });
    best = std::max(best, has_shapes ? Fit::kNamesAndShapes : Fit::kNames);
  }
  return best;
}

Fit fit(const std::string& network, const std::vector<NamedTensor>& tensors) {
  nn::Graph graph(models::make_architecture(network));
  passes::fuse(graph);
  return fit(graph, tensors);
}

}  // namespace

std::vector<ExpectedTensors> expected_tensors(const nn::Graph& graph, Slash slash) {
  ExpectedTensors ours, nodes, published;
  for (const auto& [name, tensor] : graph.state()) {
    if (!is_quantizer_state(name)) {
      ours.emplace_back(with_dots(name, slash), tensor);
      nodes.emplace_back(with_dots(name_by_node(graph.architecture(), name), slash), tensor);
      published.emplace_back(models::published_name(graph.network(), name), tensor);
    }
  }
  std::vector<ExpectedTensors> schemes = {std::move(ours)};
  for (ExpectedTensors& scheme : std::array{std::move(nodes), std::move(published)}) {
    if (!has_names_of(scheme, schemes.front())) {
      schemes.push_back(std::move(scheme));
    }
  }
  return schemes;
}

std::vector<NameScheme> names_of(const std::vector<ExpectedTensors>& schemes) {
  std::vector<NameScheme> names(schemes.size());
  for (size_t scheme = 0; scheme < schemes.size(); ++scheme) {
    for (const auto& [name, tensor] : schemes[scheme]) {
      names[scheme].push_back(name);
    }
  }
  return names;
}

std::string fitting_networks(const nn::Graph& graph, const std::vector<NamedTensor>& tensors) {
  std::vector<std::string> fitting;
  for (const std::string& network : models::network_names()) {
    const Fit as_it_is = fit(network, tensors);
    if (as_it_is == Fit::kNamesAndShapes && network != graph.network()) {
      fitting.push_back("network " + network);
    }
    for (const char* width : {"0.25", "0.35", "0.5", "0.75", "1.4"}) {
      const std::string name = network + ":width=" + width;
      if (as_it_is == Fit::kNames && network != "lenet" &&
          fit(name, tensors) == Fit::kNamesAndShapes) {
        fitting.push_back("network " + name);
      }
    }
  }
  return fitting.empty() ? "" : "; it would fit " + list_text(fitting);
}

std::string explain_missing(const nn::Graph& graph, const std::vector<NamedTensor>& tensors,
                            const std::vector<Match>& matches, Slash slash) {
  std::vector<std::string> all;
  for (const NamedTensor& tensor : tensors) {
    all.push_back(with_shape(tensor));
  }
  const std::string has = all.empty()
                              ? ""
                              : "; it has " + std::to_string(all.size()) +
                                    (all.size() == 1 ? " tensor: " : " tensors: ") + list_text(all);
  if (all.empty()) {
    return "has no tensors by name, expected those of " + graph.network();
  }
  if (matches.empty() || 4 * matches.front().found.size() < graph_size(graph)) {
    return "has no weights of " + graph.network() + has + fitting_networks(graph, tensors);
  }
  const Match& best = matches.front();
  std::vector<std::string> missing;
  const ExpectedTensors expected = expected_tensors(graph, slash)[best.scheme];
  for (const auto& [name, tensor] : expected) {
    if (!best.found.contains(name)) {
      missing.push_back(name + " " + shape_text(tensor));
    }
  }
  return (best.prefix.empty() ? "" : "under '" + best.label() + "' ") +
         std::to_string(missing.size()) + " of " + std::to_string(expected.size()) +
         " tensors of " + graph.network() + " are missing: " + list_text(missing) + has +
         fitting_networks(graph, tensors);
}

}  // namespace floatsd::train
