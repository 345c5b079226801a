// floatsd report: a run, or several side by side, as a page to be looked at.

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "apart.h"
#include "command_line.h"
#include "commands.h"
#include "console.h"
#include "core/counted.h"
#include "core/file.h"
#include "floatsd/core/error.h"
#include "floatsd/report/html.h"
#include "option_group.h"
#include "or_null.h"
#include "run_folder.h"
#include "run_report.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

struct ReportFlags {
  ReportOptions options;
  std::vector<std::string> runs;
  std::string output;
};

/// Without a slash at the end, so that its last name is the run's.
RunFolder folder_at(const std::string& path) {
  std::string name = path;
  while (name.size() > 1 && name.ends_with('/')) {
    name.pop_back();
  }
  return RunFolder(name);
}

std::filesystem::path output_of(const ReportFlags& flags) {
  if (!flags.output.empty()) {
    return flags.output;
  }
  if (flags.runs.size() > 1) {
    throw Error("report: several runs have no folder in common; expected -o FILE.html");
  }
  return folder_at(flags.runs.front()).report();
}

std::string summary_of(const report::RunReport& run) {
  std::string text = run.name + ": " + run.schemes();
  if (run.answers) {
    text += ", " + run.answers->network + " network " +
            accuracy_text(run.answers->correct, run.answers->total);
  }
  if (run.comparison) {
    text += ", " + counted(run.comparison->mismatches, "mismatch", "mismatches");
  }
  return text;
}

ordered_json to_json(const report::RunReport& run) {
  using report::Answers;
  using report::Cost;
  const std::optional<Cost> cost = run.cost();
  return {{"run", run.name},
          {"network", run.network},
          {"weights", run.schemes()},
          {"epochs", run.epochs.size()},
          {"remarks", run.remarks},
          {"accuracy", or_null(run.answers, &Answers::percent)},
          {"correct", or_null(run.answers, &Answers::correct)},
          {"total", or_null(run.answers, &Answers::total)},
          {"mismatches", or_null(run.comparison, &report::Comparison::mismatches)},
          {"bytes", or_null(cost, &Cost::bytes)},
          {"multiplications", or_null(cost, &Cost::multiplications)},
          {"shifts", or_null(cost, &Cost::shifts)},
          {"additions", or_null(cost, &Cost::additions)}};
}

/// Of several runs those that have a checkpoint: in a sweep one may have diverged before its first.
std::vector<std::string> runs_to_show(const std::vector<std::string>& runs) {
  std::vector<std::string> shown;
  std::vector<std::string> left_out;
  for (const std::string& path : runs) {
    const RunFolder folder = folder_at(path);
    if (runs.size() > 1 && std::filesystem::exists(folder.config()) &&
        !std::filesystem::exists(folder.last())) {
      left_out.push_back(path);
    } else {
      require_run(folder);
      shown.push_back(path);
    }
  }
  if (shown.empty()) {
    throw Error("report: none of the " + std::to_string(runs.size()) + " runs has a checkpoint");
  }
  for (const std::string& path : left_out) {
    warn(path + ": left out, the run in it has no checkpoint");
  }
  return shown;
}

void run_report(ReportFlags& flags) {
  flags.options.threads = apply(flags.options.shared);
  const std::filesystem::path output = output_of(flags);
  flags.runs = runs_to_show(flags.runs);
  for (const std::string& path : flags.runs) {
    folder_at(path).require_not_replaced_by(output);
  }
  flags.options.shared.outputs = {{output, "--output"}};
  require_outputs(flags.options.shared.outputs);
  std::vector<report::RunReport> runs;
  for (const std::string& path : flags.runs) {
    runs.push_back(read_run(folder_at(path), flags.options));
    report(flags.options.shared, summary_of(runs.back()));
  }
  write_file(output, report::to_html(runs));
  say("written to " + output.string());
  auto objects = ordered_json::array();
  for (const report::RunReport& run : runs) {
    objects.push_back(to_json(run));
  }
  print_json(flags.options.shared, {{"runs", objects}, {"output", output.string()}});
}

}  // namespace

void add_report_command(CLI::App& app) {
  auto flags = std::make_shared<ReportFlags>();
  CLI::App* command =
      app.add_subcommand("report", "A run as a page to look at, or several side by side");
  command->footer(R"(
One HTML file without scripts that needs no network: curves by epoch, weights and codes of each
layer, the confusion matrix, the surest mistakes, bytes and operations by layer, the network's
drawing, and what makes the run again (docs/report.md). train and calibrate leave one, report.html,
in the run's folder. A run that is not finished is shown as far as it came.

  floatsd report runs/first
  floatsd report runs/int8 runs/floatsd4 -o compared.html)");
  command->add_option("runs", flags->runs, "Folders that train or calibrate left")
      ->required()
      ->type_name(kFolder)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command
      ->add_option("-o,--output", flags->output,
                   "The HTML file to write (default: report.html in the folder of a single run)")
      ->type_name(kFile)
      ->group(group::kOutput);
  command
      ->add_option("--images", flags->options.images,
                   "Test images, the first N, on which both networks are run (default: all)")
      ->check(whole_number(1, kMostImages));
  command->add_flag("--skip-eval", flags->options.skip_eval,
                    "Run no network: what the files say alone");
  add_dataset_flags(*command, flags->options.dataset);
  add_data_flags(*command, flags->options.shared);
  add_output_flags(*command, flags->options.shared);
  command->callback([flags] { run_report(*flags); });
}

}  // namespace floatsd::app
