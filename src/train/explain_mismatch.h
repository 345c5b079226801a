#pragma once
// Why a file's tensors are no weights of a network, in one line that says what to do.

#include <string>
#include <utility>
#include <vector>

#include "floatsd/nn/graph.h"
#include "train/match_names.h"
#include "train/named_tensors.h"

namespace floatsd::train {

/// A name as a file has it, and the network's tensor.
using ExpectedTensors = std::vector<std::pair<std::string, at::Tensor>>;

/// The names that the network's tensors have in one scheme: 0 ours, 1 the published ones.
ExpectedTensors expected_tensors(const nn::Graph& graph, size_t scheme);
constexpr size_t kNameSchemes = 2;

/// "has no weights of lenet; it has ..." or "fc2.weight and 1 more are missing ..." of the best
/// match, and which networks of the zoo the file would fit.
std::string explain_missing(const nn::Graph& graph, const std::vector<NamedTensor>& tensors,
                            const std::vector<Match>& matches);

/// The networks of the zoo, with a width where one is needed, whose tensors the file has, in name
/// and shape: "; it would fit network resnet20"; empty where there are none but the network
/// itself.
std::string fitting_networks(const nn::Graph& graph, const std::vector<NamedTensor>& tensors);

}  // namespace floatsd::train
