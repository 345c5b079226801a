#include "sweep_runs.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "console.h"
#include "exit_code.h"
#include "interrupt.h"
#include "sweep_job.h"

namespace floatsd::app {
namespace {

std::string title_of(const std::vector<SweepJob>& jobs, size_t i) {
  return jobs[i].name + " (" + std::to_string(i + 1) + " of " + std::to_string(jobs.size()) + ")";
}

void warn_if_diverged(const SweepPlan& plan, const SweepJob& job, const SweepRun& run) {
  if (run.diverged) {
    warn(plan.folder_of(job).string() + ": diverged: " + run.reason);
  }
}

/// Adds to the table what other ranks have made since the last time; whether all jobs are done.
bool take_in_others(const SweepPlan& plan, const std::vector<SweepJob>& jobs,
                    const SweepQueue& queue, SweepTable& table) {
  bool all = true;
  for (size_t i = 0; i < jobs.size(); ++i) {
    if (table.has(jobs[i])) {
      continue;
    }
    const std::optional<SweepRun> run = queue.left(jobs[i]);
    all = all && run;
    if (run) {
      table.add(*run);
      say(title_of(jobs, i) + ": " +
          (run->diverged ? "diverged" : accuracy_text(run->accuracy.correct, run->accuracy.total)) +
          ", by another rank");
      warn_if_diverged(plan, jobs[i], *run);
    }
  }
  return all;
}

void make_own_runs(const SweepPlan& plan, const std::vector<SweepJob>& jobs, int threads,
                   const SweepQueue& queue, const Communicator& ranks, SweepTable& table) {
  SweepJobs maker(plan, threads);
  const SweepTable before = table;
  for (size_t i = 0; i < jobs.size() && queue.stopped() == 0; ++i) {
    if (before.has(jobs[i])) {
      say(title_of(jobs, i) + ": done before");
      continue;
    }
    if (!queue.take(jobs[i])) {
      continue;
    }
    say(title_of(jobs, i));
    const SweepRun run = maker.run(jobs[i]);
    warn_if_diverged(plan, jobs[i], run);
    if (ranks.rank() == 0) {
      table.add(run);
      take_in_others(plan, jobs, queue, table);
    } else {
      queue.leave(jobs[i], run);
    }
  }
}

void wait_for_others(const SweepPlan& plan, const std::vector<SweepJob>& jobs,
                     const SweepQueue& queue, SweepTable& table) {
  constexpr std::chrono::milliseconds kPause = std::chrono::milliseconds(200);
  const InterruptGuard interrupt;
  // The folder of the queue goes when all are done, and whoever still looks for jobs needs it.
  while (!take_in_others(plan, jobs, queue, table) || !queue.others_finished()) {
    if (const int signal = std::max(interrupt.signal(), queue.stopped()); signal != 0) {
      throw Interrupted(signal, "interrupted; --resume goes on with the runs that are not done");
    }
    std::this_thread::sleep_for(kPause);
  }
}

}  // namespace

void make_runs(const SweepPlan& plan, const std::vector<SweepJob>& jobs, int threads,
               const SweepQueue& queue, const Communicator& ranks, SweepTable& table) {
  try {
    make_own_runs(plan, jobs, threads, queue, ranks, table);
    queue.finish();
    if (ranks.rank() == 0) {
      wait_for_others(plan, jobs, queue, table);
    }
  } catch (const Interrupted& interrupted) {
    queue.stop(interrupted.signal);
    throw;
  }
}

}  // namespace floatsd::app
