// Ranks by MPI. Its C functions alone: those for C++ are gone from the standard.

#include <mpi.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>

#include "distributed/launcher.h"
#include "floatsd/distributed/ranks.h"

namespace floatsd::distributed {
namespace {

constexpr int kTag = 0;
constexpr size_t kLongestMessage = size_t{1} << 30;  // MPI counts in int
constexpr std::chrono::minutes kPatience = std::chrono::minutes(10);

class Mpi final : public Communicator {
 public:
  Mpi() {
    int provided = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_FUNNELED, &provided);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  ~Mpi() override {
    wait_for_all();
    MPI_Finalize();
  }

  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return size_; }

 private:
  void transport(int partner, std::span<const std::byte> sent,
                 std::span<std::byte> received) override {
    for (size_t begin = 0; begin < sent.size(); begin += kLongestMessage) {
      const size_t length = std::min(kLongestMessage, sent.size() - begin);
      exchange_part(partner, sent.subspan(begin, length), received.subspan(begin, length));
    }
  }

  void exchange_part(int partner, std::span<const std::byte> sent, std::span<std::byte> received) {
    MPI_Request requests[2];
    const auto length = static_cast<int>(sent.size());
    MPI_Irecv(received.data(), length, MPI_BYTE, partner, kTag, MPI_COMM_WORLD, &requests[0]);
    MPI_Isend(sent.data(), length, MPI_BYTE, partner, kTag, MPI_COMM_WORLD, &requests[1]);
    const auto start = std::chrono::steady_clock::now();
    int is_done = 0;
    MPI_Testall(2, requests, &is_done, MPI_STATUSES_IGNORE);
    while (is_done == 0) {
      if (std::chrono::steady_clock::now() - start > kPatience) {
        throw std::runtime_error("no answer from rank " + std::to_string(partner) + " in " +
                                 std::to_string(kPatience.count()) + " minutes");
      }
      sched_yield();  // ranks may share a core
      MPI_Testall(2, requests, &is_done, MPI_STATUSES_IGNORE);
    }
  }

  /// However long that takes, and without the processor, which MPI_Finalize would keep busy.
  static void wait_for_all() {
    constexpr std::chrono::milliseconds kPause = std::chrono::milliseconds(5);
    MPI_Request all = MPI_REQUEST_NULL;
    MPI_Ibarrier(MPI_COMM_WORLD, &all);
    int is_done = 0;
    MPI_Test(&all, &is_done, MPI_STATUS_IGNORE);
    while (is_done == 0) {
      std::this_thread::sleep_for(kPause);
      MPI_Test(&all, &is_done, MPI_STATUS_IGNORE);
    }
  }

  int rank_ = 0, size_ = 1;
};

}  // namespace

std::unique_ptr<Communicator> join_ranks() {
  if (launched_ranks() <= 1) {
    return std::make_unique<Alone>();
  }
  return std::make_unique<Mpi>();
}

void abandon_ranks(int exit_code) {
  MPI_Abort(MPI_COMM_WORLD, exit_code);
  std::abort();  // not reached; MPI_Abort does not promise it
}

}  // namespace floatsd::distributed
