#pragma once
// What a checkpoint's network was trained on: what it is tested on if nothing else is said.

#include <string>
#include <vector>

#include "floatsd/train/checkpoint.h"
#include "floatsd/workflow/recipe.h"
#include "shared_flags.h"

namespace CLI {
class App;
}

namespace floatsd::app {

/// `given` if it names a data set; else that and the size of the checkpoint's training, if it was
/// one that left its config. `where` names the checkpoint in errors.
DatasetFlags or_trained_on(const DatasetFlags& given, const train::Checkpoint& checkpoint,
                           const std::string& where);

/// If recipe.init is a checkpoint and neither the command nor its config names a data set: takes
/// that of the checkpoint's training, and its size. A remark says so if it is not the default.
void inherit_dataset(const CLI::App& command, workflow::Recipe& recipe,
                     std::vector<std::string>& remarks);

}  // namespace floatsd::app
