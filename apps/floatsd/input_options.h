#pragma once
// Input options: what images are read, and how weights of other programs are; of several commands.

#include <optional>
#include <string>
#include <vector>

#include "floatsd/images/image.h"
#include "option_table.h"

namespace floatsd::app {

/// What --dataset may be, for its help.
std::string dataset_help();
/// --dataset of a recipe.
TableOption dataset_option(std::string& dataset);

TableOption resize_option(std::optional<images::ImageSize>& resize);

TableOption mean_option(std::vector<double>& mean);
TableOption deviation_option(std::vector<double>& deviation);  ///< --std

/// --weights-from of a command that takes float weights.
TableOption weights_from_option(std::string& from);

/// What --resize reads back; empty if there is none.
std::string resize_text(const std::optional<images::ImageSize>& size);

}  // namespace floatsd::app
