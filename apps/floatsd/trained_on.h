#pragma once
// What a checkpoint's network was trained on: what it is tested on if nothing else is said.

#include <string>

#include "floatsd/train/checkpoint.h"
#include "shared_flags.h"

namespace floatsd::app {

/// `given` if it names a data set; else that and the size of the checkpoint's training, if it was
/// one that left its config. `where` names the checkpoint in errors.
DatasetFlags or_trained_on(const DatasetFlags& given, const train::Checkpoint& checkpoint,
                           const std::string& where);

}  // namespace floatsd::app
