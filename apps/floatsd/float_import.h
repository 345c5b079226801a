#pragma once
// Float import: weights from a file that a user gives, with what was taken and how pixels are read
// said on stderr.

#include <string>
#include <vector>

#include "floatsd/nn/graph.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/float_weights.h"

namespace CLI {
class App;
}

namespace floatsd::app {

/// --weights-from of a command that takes float weights.
void add_weights_from_flag(CLI::App& command, std::string& from);

/// --mean and --std.
void add_normalization_flags(CLI::App& command, std::vector<double>& mean,
                             std::vector<double>& deviation);

/// Loads the file into the network, and says what was taken; of a checkpoint of ours nothing.
train::WeightsOrigin import_weights(nn::Graph& graph, const std::string& path,
                                    const std::string& from);

/// A float network with the weights of the file at `path`; a checkpoint of ours says its own
/// architecture.
nn::Graph import_network(const nn::Architecture& architecture, const train::WeightFile& file,
                         const std::string& path, const std::string& from);

/// Warns if an imported network is hardly better than guessing.
void warn_near_chance(const train::Accuracy& accuracy, int classes);

}  // namespace floatsd::app
