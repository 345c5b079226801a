#pragma once
// Launcher: what a process knows of the one that started it.

namespace floatsd::distributed {

/// How many processes an MPI launcher has started; 1 without one.
int launched_ranks();

}  // namespace floatsd::distributed
