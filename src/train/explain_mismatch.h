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

/// The ways in which a file may name the network's tensors, without repetition: ours, in which a
/// batch norm is its layer's ("conv1.norm.weight"); the names of the architecture's own nodes, as
/// the module that it was written after has them ("bn1.weight"); those of the widely cited
/// implementation of a network of the zoo (models::published_name). All in one order,
/// with dots for the slashes of names if `slash` says so.
std::vector<ExpectedTensors> expected_tensors(const nn::Graph& graph, Slash slash);

/// The names alone.
std::vector<NameScheme> names_of(const std::vector<ExpectedTensors>& schemes);

/// "has no weights of lenet; it has ..." or "fc2.weight and 1 more are missing ..." of the best
/// match, and which networks of the zoo the file would fit.
std::string explain_missing(const nn::Graph& graph, const std::vector<NamedTensor>& tensors,
                            const std::vector<Match>& matches, Slash slash);

/// The networks of the zoo, with a width if one is needed, whose tensors the file has, in name
/// and shape: "; it would fit network resnet20"; empty if there are none but the network
/// itself.
std::string fitting_networks(const nn::Graph& graph, const std::vector<NamedTensor>& tensors);

}  // namespace floatsd::train
