#pragma once
// Other epochs: whether a training that stands somewhere in its plan can go on in a longer or
// shorter one.

#include <cstdint>
#include <string>

#include "floatsd/train/trainer.h"

namespace floatsd::app {

/// Where a training stands: in `epoch` (from 0), `step` steps of which are done.
struct Place {
  int epoch = 0;
  int64_t step = 0;
  int64_t steps_per_epoch = 1;
};

/// Why a training that came to `place` in a plan of `epochs_before` epochs does not go on in the
/// plan `now`, of another number of epochs: a phase or rate that it passed through would have been
/// another one. Empty if it does: it then ends as if it had been begun so.
std::string why_not_with_other_epochs(int epochs_before, const train::TrainOptions& now,
                                      bool quantizes, const Place& place);

}  // namespace floatsd::app
