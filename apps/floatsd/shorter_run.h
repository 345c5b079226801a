#pragma once
// Shorter run: phases and warm-up of a plan that is to take fewer epochs.

#include <set>
#include <string>

#include "floatsd/train/trainer.h"

namespace floatsd::app {

/// What phases and warm-up were planned for, and which of them stay as they are.
struct Plan {
  int epochs = 0;
  std::set<std::string> kept;  ///< names of flags
};

/// If phases (of a network that `quantizes`) or the warm-up would leave less than half of
/// options.epochs, which are fewer than planned, shrinks those that are not kept in the proportion
/// of the epochs. Returns a line that says so; empty if nothing shrinks. Throws Error if they do
/// not fit even so.
std::string shrink_to_fit(train::TrainOptions& options, bool quantizes, const Plan& plan);

}  // namespace floatsd::app
