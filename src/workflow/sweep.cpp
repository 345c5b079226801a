#include "floatsd/workflow/sweep.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <set>

#include "floatsd/core/error.h"
#include "floatsd/workflow/search.h"
#include "nn/count_weights.h"

namespace floatsd::workflow {
namespace {

int64_t bytes_of(const NamedFormat& format, int64_t weights) {
  return format.codebook == nullptr ? weights * static_cast<int64_t>(sizeof(float))
                                    : stored_bytes(*format.codebook, weights);
}

void add_statistics(SweepSummary& summary) {
  std::vector<double> accuracies;
  double sum = 0;
  for (const SweepRun& run : summary.runs) {
    if (!run.diverged) {
      accuracies.push_back(run.accuracy.percent());
      sum += accuracies.back();
    }
  }
  const auto count = static_cast<double>(accuracies.size());
  if (accuracies.empty()) {
    return;
  }
  summary.accuracy = sum / count;
  if (accuracies.size() < 2) {
    return;
  }
  double squares = 0;
  for (const double accuracy : accuracies) {
    squares += (accuracy - *summary.accuracy) * (accuracy - *summary.accuracy);
  }
  summary.deviation = std::sqrt(squares / (count - 1));
}

std::optional<nn::Graph> teacher_of(const Recipe& recipe) {
  if (recipe.teacher.empty()) {
    return std::nullopt;
  }
  const train::WeightFile file(recipe.teacher);
  nn::Graph teacher = file.make_graph(architecture_of(recipe));
  file.load_into(teacher, recipe.teacher_from);
  return teacher;
}

}  // namespace

void check_formats(const Recipe& recipe, const std::vector<NamedFormat>& formats) {
  if (!recipe.quantizes()) {
    throw Error(
        "no weights rules in which formats could take turns, expected at least one: "
        "*=int8:per-channel");
  }
  std::set<std::string> names;
  for (const NamedFormat& format : formats) {
    if (!names.insert(format.name).second) {
      throw Error("format '" + format.name + "' is there twice");
    }
  }
}

std::vector<SweepJob> sweep_jobs(const Recipe& recipe, const std::vector<NamedFormat>& formats,
                                 const std::vector<uint64_t>& seeds) {
  check_formats(recipe, formats);
  if (std::set<uint64_t>(seeds.begin(), seeds.end()).size() != seeds.size()) {
    throw Error("a seed is there twice");
  }
  std::vector<SweepJob> jobs;
  for (const NamedFormat& format : formats) {
    SweepJob job{
        .format = format, .recipe = in_format(recipe, format.codebook), .name = format.name};
    if (seeds.empty()) {
      jobs.push_back(job);
    }
    for (const uint64_t seed : seeds) {
      job.recipe.options.seed = seed;
      job.name = format.name + "-seed" + std::to_string(seed);
      jobs.push_back(job);
    }
  }
  return jobs;
}

SweepRun run_of(const SweepJob& job, const std::optional<Shipped>& shipped) {
  SweepRun run{.format = job.format.name, .seed = job.recipe.options.seed, .diverged = !shipped};
  if (shipped && shipped->verification) {
    const convert::Verification& checked = *shipped->verification;
    run.accuracy = {.correct = checked.integer_correct, .total = checked.images};
    run.mismatches = checked.mismatches();
  } else if (shipped) {
    run.accuracy = shipped->accuracy.value();
  }
  return run;
}

SweepRun train_job(const SweepJob& job, const TrainingImages& images, int threads,
                   const train::Trainer::OnStep& on_step) {
  Training training(job.recipe, images, teacher_of(job.recipe));
  if (!job.recipe.init.empty()) {
    training.start_from(train::WeightFile(job.recipe.init));
  }
  try {
    while (!training.done()) {
      training.run_epoch(on_step);
    }
    return run_of(job, training.ship(/*evaluates=*/true, threads));
  } catch (const Diverged& error) {
    SweepRun run = run_of(job, std::nullopt);
    run.reason = error.what();
    return run;
  }
}

std::vector<SweepSummary> summarize(const std::vector<SweepJob>& jobs,
                                    const std::vector<SweepRun>& runs) {
  std::vector<SweepSummary> summaries;
  const int64_t weights =
      jobs.empty() ? 0 : nn::count_weights(architecture_of(jobs.front().recipe));
  for (const SweepJob& job : jobs) {
    if (!summaries.empty() && summaries.back().format.name == job.format.name) {
      continue;
    }
    SweepSummary summary{.format = job.format, .bytes = bytes_of(job.format, weights)};
    std::copy_if(runs.begin(), runs.end(), std::back_inserter(summary.runs),
                 [&](const SweepRun& run) { return run.format == job.format.name; });
    add_statistics(summary);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

}  // namespace floatsd::workflow
