#pragma once
// Float import: weights from a file that a user gives, with what was taken and how pixels are read
// said on stderr.

#include <string>

#include "floatsd/nn/graph.h"
#include "floatsd/train/evaluate.h"
#include "floatsd/train/float_weights.h"
#include "floatsd/workflow/recipe.h"
#include "shared_flags.h"

namespace floatsd::app {

/// What the recipe does not say of the network and its input is that of its --init; a warning says
/// if the recipe names another network than a checkpoint there has.
void inherit_architecture(workflow::Recipe& recipe);

/// "input: (byte / 255 - mean) / std, mean 0, std 1".
std::string input_text(const nn::InputSpec& input);

/// What was taken of the file at `path`; of a checkpoint of ours nothing is said.
void say_origin(const nn::Graph& graph, const std::string& path,
                const train::WeightsOrigin& origin);

/// Loads the file into the network, and says what was taken; of a checkpoint of ours nothing.
train::WeightsOrigin import_weights(nn::Graph& graph, const std::string& path,
                                    const std::string& from);

/// A float network with the weights of the file at `path`; a checkpoint of ours says its own
/// architecture.
nn::Graph import_network(const nn::Architecture& architecture, const train::WeightFile& file,
                         const std::string& path, const std::string& from);

/// Notes in the recipe what its data set asks of a network of the zoo that does not know it.
void note_task(const SharedFlags& shared, workflow::Recipe& recipe);

/// Warns if an imported network is hardly better than guessing.
void warn_near_chance(const train::Accuracy& accuracy, int classes);

}  // namespace floatsd::app
