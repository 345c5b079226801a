#pragma once
// Recipe architecture: the network that a recipe names, for the data set that it names.

#include <string>

#include "floatsd/nn/architecture.h"
#include "recipe.h"

namespace floatsd::app {

/// That of recipe.architecture if it is set. Else of recipe.network: a name of the zoo, for the
/// images and classes of recipe.dataset (of those that the network is known for if that is empty);
/// FILE.json, an architecture; or a checkpoint of ours, its own. In all of them --mean and --std
/// replace the normalization. Throws Error on what is none of these, or if a number is out of
/// range.
nn::Architecture architecture_of(const Recipe& recipe);

/// What the recipe names: recipe.network, or the name of the default.
std::string network_name(const Recipe& recipe);

/// Notes what the recipe's data set asks of a network of the zoo, mean and deviation of its
/// training images included, unless the zoo knows the data set (MNIST and CIFAR-10) or the recipe
/// names another network.
void note_task(const SharedFlags& shared, Recipe& recipe);

/// If `path` is a checkpoint of ours: its architecture if the recipe names no network, and its
/// normalization if the recipe has none.
void inherit_architecture(const std::string& path, Recipe& recipe);

/// The architecture of the checkpoint that a run goes on with, whatever has become of the file that
/// the recipe names.
void resume_architecture(const std::string& checkpoint, Recipe& recipe);

}  // namespace floatsd::app
