#pragma once
// Ranks: what the command does with the other processes that mpirun has started.

#include <string>
#include <vector>

#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"

namespace CLI {
class App;
}

namespace floatsd {
class Communicator;
}

namespace floatsd::app {

/// Leaves stdout and stderr to the first rank; what others say goes nowhere.
void leave_streams_to_first(const Communicator& ranks);

/// Ends all ranks, with one line on stderr whichever rank this is: the way out of what went wrong
/// on this rank alone.
[[noreturn]] void abandon(const Communicator& ranks, int exit_code, const std::string& message);

/// The threads of this rank: those asked for, or (0) its part of this machine's cores. Says so if
/// all ranks' threads are more than their machine has cores.
int threads_of_rank(Communicator& ranks, int asked);

/// Throws ErrorOfRanks if mpirun started several of a subcommand that works by itself, of train
/// another number than a power of two, or several programs.
void require_shared_work(const CLI::App& command, Communicator& ranks);

/// What all ranks must have in common: its name, and a text that differs if it does.
struct Common {
  std::string name, text;
};

/// Throws ErrorOfRanks if one of the ranks has another text than the first.
void require_common(Communicator& ranks, const std::vector<Common>& facts);

/// The same, of the bytes of a file, of images and labels, and of all that is in a network. The
/// file must be there on all ranks.
void require_same_file(Communicator& ranks, const std::string& name, const std::string& path);
void require_same_images(Communicator& ranks, const std::string& name,
                         const data::Dataset& dataset);
void require_same_network(Communicator& ranks, const std::string& name, const nn::Graph& graph);

}  // namespace floatsd::app
