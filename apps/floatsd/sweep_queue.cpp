#include "sweep_queue.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "core/file.h"
#include "floatsd/core/error.h"
#include "run_folder.h"

namespace floatsd::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTaken = ".taken";
constexpr const char* kRun = ".json";

/// That no other launch has.
std::string name_of_launch() {
  return std::to_string(::getpid()) + " " +
         std::to_string(std::chrono::system_clock::now().time_since_epoch().count());
}

std::string finished_mark(int rank) { return "rank-" + std::to_string(rank) + ".finished"; }

SweepRun read_run(const fs::path& file) {
  try {
    return run_from(nlohmann::ordered_json::parse(read_file(file)));
  } catch (const nlohmann::ordered_json::exception&) {
    throw Error(file.string() +
                ": is no run of a sweep; remove it, and --resume makes the run anew");
  }
}

}  // namespace

SweepQueue::SweepQueue(fs::path folder, Communicator& ranks)
    : folder_(std::move(folder)), ranks_(ranks) {
  if (ranks.size() == 1) {
    return;
  }
  const std::string launch = gather_texts(ranks, name_of_launch()).front();
  const fs::path mark = folder_ / "launch";
  agree(ranks, [&] {
    if (ranks.rank() == 0) {
      make_folder(folder_);
      write_file(mark, launch);
    }
  });
  agree(ranks, [&] {
    std::error_code missing;
    if (!fs::exists(mark, missing) || read_file(mark) != launch) {
      throw Error(folder_.string() + ": rank " + std::to_string(ranks.rank()) +
                  " does not see what the first rank wrote there; the output folder must lie on a "
                  "file system that all ranks share");
    }
  });
}

bool SweepQueue::take(const SweepJob& job) const {
  if (ranks_.size() == 1) {
    return true;
  }
  const fs::path path = file(job, kTaken);
  constexpr mode_t kMode = 0666;
  const int descriptor = ::open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, kMode);
  if (descriptor >= 0) {
    ::close(descriptor);
    return true;
  }
  if (errno != EEXIST) {
    throw Error(path.string() + ": cannot be written: " + std::strerror(errno));
  }
  return false;
}

void SweepQueue::leave(const SweepJob& job, const SweepRun& run) const {
  nlohmann::ordered_json object = to_json(run);
  object["reason"] = run.reason;
  write_file(file(job, kRun), object.dump() + "\n");
}

std::optional<SweepRun> SweepQueue::left(const SweepJob& job) const {
  const fs::path path = file(job, kRun);
  if (ranks_.size() == 1 || !fs::exists(path)) {
    return std::nullopt;
  }
  return read_run(path);
}

void SweepQueue::finish() const {
  if (ranks_.size() > 1) {
    write_file(folder_ / finished_mark(ranks_.rank()), "");
  }
}

bool SweepQueue::others_finished() const {
  for (int rank = 1; rank < ranks_.size(); ++rank) {
    if (!fs::exists(folder_ / finished_mark(rank))) {
      return false;
    }
  }
  return true;
}

void SweepQueue::stop(int signal) const {
  if (ranks_.size() > 1) {
    write_file(folder_ / "stopped", std::to_string(signal));
  }
}

int SweepQueue::stopped() const {
  const fs::path mark = folder_ / "stopped";
  return ranks_.size() > 1 && fs::exists(mark) ? std::atoi(read_file(mark).c_str()) : 0;
}

fs::path SweepQueue::file(const SweepJob& job, const char* what) const {
  return folder_ / (job.name + what);
}

std::vector<SweepRun> runs_left_in(const fs::path& folder) {
  std::vector<SweepRun> runs;
  std::error_code missing;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, missing)) {
    if (entry.path().extension() == kRun) {
      runs.push_back(read_run(entry.path()));
    }
  }
  return runs;
}

}  // namespace floatsd::app
