#pragma once
// Ranks: the processes that mpirun has started, as a communicator.

#include <memory>

#include "floatsd/core/communicator.h"

namespace floatsd::distributed {

/// Joins the ranks that mpirun started; Alone if there is one. Call it once, before other threads
/// exist. Throws Error if there are several and floatsd was built without MPI. Whoever sums reals
/// over ranks needs a power of two of them. When the communicator goes, a rank waits for all
/// others, and they part.
///
/// exchange() throws std::runtime_error if a partner does not answer for ten minutes.
std::unique_ptr<Communicator> join_ranks();

/// Ends all ranks at once, with that exit code: the way out of an error that the others have not.
[[noreturn]] void abandon_ranks(int exit_code);

}  // namespace floatsd::distributed
