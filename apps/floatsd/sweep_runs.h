#pragma once
// Sweep runs: all runs of a sweep, by as many ranks as there are.

#include <vector>

#include "floatsd/core/communicator.h"
#include "sweep_plan.h"
#include "sweep_queue.h"

namespace floatsd::app {

/// Makes the runs that the table has not and that no other rank takes. The first rank adds them to
/// the table, and waits for those of the others. Throws Error, Interrupted.
void make_runs(const SweepPlan& plan, const std::vector<SweepJob>& jobs, int threads,
               const SweepQueue& queue, const Communicator& ranks, SweepTable& table);

}  // namespace floatsd::app
