#pragma once
// Sweep resume: what a sweep that goes on takes over from the one before.

#include <vector>

#include "sweep_plan.h"

namespace floatsd::app {

/// Takes in what earlier runs gave, all of which count in the table. A run whose folder somebody
/// removed is made again. Throws Error if a run was made by another config or from other images.
void load_finished(SweepTable& table, const SweepPlan& plan, const std::vector<SweepJob>& jobs);

}  // namespace floatsd::app
