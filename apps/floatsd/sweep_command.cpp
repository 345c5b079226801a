// floatsd sweep: one recipe in many formats.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "commands.h"
#include "console.h"
#include "core/file.h"
#include "exit_code.h"
#include "floatsd/core/communicator.h"
#include "floatsd/core/error.h"
#include "floatsd/train/checkpoint.h"
#include "folder_lock.h"
#include "ranks.h"
#include "run_folder.h"
#include "sweep_flags.h"
#include "sweep_job.h"
#include "sweep_queue.h"
#include "sweep_resume.h"
#include "sweep_runs.h"

namespace floatsd::app {
namespace {

namespace fs = std::filesystem;

void check_output(const SweepPlan& plan, const std::vector<SweepJob>& jobs) {
  if (!plan.resume && !plan.overwrite) {
    RunFolder(plan.output)
        .require_empty("--resume goes on with the sweep in it, --overwrite starts anew");
  }
  if (plan.overwrite) {
    for (const SweepJob& job : jobs) {
      RunFolder(plan.folder_of(job)).require_apart_from(plan.recipe.init);
      RunFolder(plan.folder_of(job)).require_apart_from(plan.recipe.teacher);
    }
  }
}

/// Refuses now, if at all, what the runs would refuse.
void check_jobs(const SweepPlan& plan, const std::vector<SweepJob>& jobs, int threads) {
  for (const SweepJob& job : jobs) {
    static_cast<void>(train::make_graph(workflow::network_spec(job.recipe)));
  }
  if (!plan.calibrates) {
    rehearse(plan, jobs, threads);
  }
}

/// Throws ErrorOfRanks if ranks would make runs that do not belong together.
void require_same_inputs(const SweepPlan& plan, const std::vector<SweepJob>& jobs,
                         Communicator& ranks) {
  if (ranks.size() == 1) {
    return;
  }
  std::string recipe = to_toml(plan.post_training, plan.recipe);
  for (const SweepJob& job : jobs) {
    recipe += job.name + "\n";
  }
  require_common(ranks, {{"recipe", recipe}});
  std::optional<Images> images;
  agree(ranks, [&] { images = load_images(plan.recipe, plan.shared); });
  require_same_images(ranks, "training images", images->train);
  require_same_images(ranks, "test images", images->test);
  for (const std::string& weights : {plan.recipe.init, plan.recipe.teacher}) {
    if (!weights.empty()) {
      require_same_file(ranks, weights, weights);
    }
  }
}

/// Takes the output folder: keeps others out, and brings in order what an earlier sweep left.
void take_output(const SweepPlan& plan, const std::vector<SweepJob>& jobs, const fs::path& queue,
                 std::optional<FolderLock>& lock) {
  make_folder(plan.output);
  lock.emplace(plan.output);
  if (plan.overwrite) {  // --resume must not take old runs for those of this sweep
    fs::remove(plan.table_file());
    fs::remove(fs::path(plan.output) / "sweep.svg");
    for (const SweepJob& job : jobs) {
      RunFolder(plan.folder_of(job)).clear();
    }
  }
  if (plan.resume) {
    SweepTable table(jobs, plan.table_file());
    table.load();
    for (const SweepRun& run : runs_left_in(queue)) {
      if (!table.has(run)) {
        table.add(run);
      }
    }
  }
  fs::remove_all(queue);
}

void show(const SweepPlan& plan, const SweepTable& table) {
  const std::string picture =
      table.picture(workflow::network_name(plan.recipe) + " on " + plan.recipe.dataset);
  if (!picture.empty()) {
    write_file(fs::path(plan.output) / "sweep.svg", picture);
  }
  say("written to " + plan.output);
  if (plan.shared.json) {
    print_json(plan.shared, {{"formats", table.summary()}, {"output", plan.output}});
  } else {
    table.print();
  }
  if (table.mismatches() != 0) {
    throw Unmet("an integer network differs from its prepared one; please report this");
  }
}

void run_sweep(CLI::App& command, SweepFlags& flags, Communicator& ranks) {
  SweepPlan& plan = flags.plan;
  Asked asked;
  agree(ranks, [&] {
    asked = read_flags(command, flags);
    if (ranks.rank() == 0) {
      check_output(plan, asked.jobs);
    }
  });
  const std::vector<SweepJob>& jobs = asked.jobs;
  plan.shared.threads = threads_of_rank(ranks, plan.shared.threads);
  int threads = 1;
  agree(ranks, [&] {
    threads = apply(plan.shared);
    check_jobs(plan, jobs, threads);
  });
  require_same_inputs(plan, jobs, ranks);
  for (const std::string& remark : asked.remarks) {
    say(remark);
  }
  const fs::path queue_folder = fs::path(plan.output) / "sweep.queue";
  std::optional<FolderLock> lock;
  agree(ranks, [&] {
    if (ranks.rank() == 0) {
      take_output(plan, jobs, queue_folder, lock);
    }
  });
  const SweepQueue queue(queue_folder, ranks);
  SweepTable table(jobs, plan.table_file());
  agree(ranks, [&] {
    if (plan.resume) {
      load_finished(table, plan, jobs);
    }
  });
  make_runs(plan, jobs, threads, queue, ranks, table);
  if (ranks.rank() == 0) {
    fs::remove_all(queue_folder);
    show(plan, table);
  }
}

}  // namespace

void add_sweep_command(CLI::App& app, Communicator& ranks) {
  auto flags = std::make_shared<SweepFlags>();
  CLI::App* command =
      app.add_subcommand("sweep", "Train or calibrate one recipe in many formats, and compare");
  command->footer(R"(
Each format takes the place of the format in every --weights rule; float32 is the network without
rules. Each run has a folder of its own in the output folder, as train and calibrate leave it;
sweep.json has a row a run, sweep.svg shows accuracy over bits and over partial products. A
training that diverges is a row, too.

  floatsd sweep --config configs/mnist-lenet-floatsd4.toml --formats float32 floatsd4 int8 int4 \
    --seeds 1 2 3 --output runs/sweep
  floatsd sweep --config configs/mnist-lenet-floatsd4.toml --formats floatsd4 int4 int2 \
    --post-training --init runs/fp32/last.pt --output runs/sweep-ptq)");
  add_options(*command, *flags);
  command->callback([command, flags, &ranks] { run_sweep(*command, *flags, ranks); });
}

}  // namespace floatsd::app
