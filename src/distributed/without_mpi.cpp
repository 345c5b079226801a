// Ranks of a build without MPI: there is one.

#include <cstdlib>
#include <string>

#include "distributed/launcher.h"
#include "floatsd/core/error.h"
#include "floatsd/distributed/ranks.h"

namespace floatsd::distributed {

std::unique_ptr<Communicator> join_ranks() {
  if (launched_ranks() > 1) {
    throw Error("mpirun started " + std::to_string(launched_ranks()) +
                " processes, and this floatsd was built without MPI: -DFLOATSD_MPI=ON, with "
                "libopenmpi-dev or libmpich-dev installed");
  }
  return std::make_unique<Alone>();
}

void abandon_ranks(int exit_code) { std::_Exit(exit_code); }

}  // namespace floatsd::distributed
