#include "ranks.h"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <thread>
#include <vector>

#include "checksum.h"
#include "console.h"
#include "core/file.h"
#include "floatsd/core/communicator.h"
#include "floatsd/distributed/ranks.h"
#include "floatsd/version.h"
#include "printable.h"
#include "run_record.h"

namespace floatsd::app {
namespace {

int own_stderr = STDERR_FILENO;

}  // namespace

void leave_streams_to_first(const Communicator& ranks) {
  if (ranks.rank() == 0) {
    return;
  }
  own_stderr = ::dup(STDERR_FILENO);
  const int nowhere = ::open("/dev/null", O_WRONLY);
  ::dup2(nowhere, STDOUT_FILENO);
  ::dup2(nowhere, STDERR_FILENO);
  ::close(nowhere);
}

void abandon(const Communicator& ranks, int exit_code, const std::string& message) {
  const std::string line =
      "floatsd: rank " + std::to_string(ranks.rank()) + ": " + printable(message) + "\n";
  static_cast<void>(::write(own_stderr, line.data(), line.size()));
  distributed::abandon_ranks(exit_code);
}

int threads_of_rank(Communicator& ranks, int asked) {
  if (ranks.size() == 1) {
    return asked;
  }
  std::array<char, 256> host = {};
  ::gethostname(host.data(), host.size() - 1);
  const std::vector<std::string> hosts = gather_texts(ranks, host.data());
  const auto neighbours =
      static_cast<int>(std::count(hosts.begin(), hosts.end(), hosts[ranks.rank()]));
  // The cores that mpirun has bound this rank to; all of the machine's if it has bound none.
  const auto own = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
  const int cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  const int threads = asked > 0 ? asked : std::max(1, std::min(own, cores / neighbours));
  if (threads * neighbours > cores) {
    warn(std::to_string(neighbours) + " ranks of " + std::to_string(threads) +
         " threads are more than the " + std::to_string(cores) + " cores of " + host.data());
  }
  return threads;
}

void require_shared_work(const CLI::App& command, Communicator& ranks) {
  if (ranks.size() == 1) {
    return;
  }
  constexpr std::array kShared = {"train", "calibrate", "sweep", "eval", "verify"};
  const std::string name = command.get_subcommands().front()->get_name();
  const std::string started =
      name + ": mpirun started " + std::to_string(ranks.size()) + " of it, ";
  require_common(ranks, {{"version of floatsd", FLOATSD_VERSION}, {"subcommand", name}});
  if (std::ranges::find(kShared, name) == kShared.end()) {
    throw ErrorOfRanks(started +
                       "and it works by itself; train, calibrate, sweep, eval and verify are "
                       "shared among ranks");
  }
  if (name == "train" && !std::has_single_bit(static_cast<unsigned>(ranks.size()))) {
    throw ErrorOfRanks(started + "expected 1, 2, 4, 8 or another power of two");
  }
}

void require_common(Communicator& ranks, const std::vector<Common>& facts) {
  for (const auto& [name, own] : facts) {
    const std::vector<std::string> all = gather_texts(ranks, own);
    const auto other =
        std::ranges::find_if(all, [&](const std::string& text) { return text != all[0]; });
    if (other != all.end()) {
      throw ErrorOfRanks("ranks 0 and " + std::to_string(other - all.begin()) + " differ in the " +
                         name + ", which must be the same on all ranks");
    }
  }
}

void require_same_file(Communicator& ranks, const std::string& name, const std::string& path) {
  if (ranks.size() > 1) {
    std::string bytes;
    agree(ranks, [&] { bytes = read_file(path); });
    require_common(ranks, {{name, compute(Digest::kSha256, bytes).digits}});
  }
}

void require_same_images(Communicator& ranks, const std::string& name,
                         const data::Dataset& dataset) {
  if (ranks.size() > 1) {
    const DataIdentity own = identity_of(dataset);
    require_common(ranks, {{name, std::to_string(own.images) + " " + own.checksum}});
  }
}

void require_same_network(Communicator& ranks, const std::string& name, const nn::Graph& graph) {
  if (ranks.size() == 1) {
    return;
  }
  std::string all;
  for (const auto& [tensor_name, tensor] : graph.state()) {
    const at::Tensor dense = tensor.detach().contiguous();
    const std::string_view bytes(static_cast<const char*>(dense.const_data_ptr()), dense.nbytes());
    all += compute(Digest::kSha256, bytes).digits;
  }
  require_common(ranks, {{name, compute(Digest::kSha256, all).digits}});
}

}  // namespace floatsd::app
