// floatsd check: a network beside the baseline that it is held to, for continuous integration.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "apart.h"
#include "check/baseline.h"
#include "check/compare.h"
#include "check/definition.h"
#include "check/reports.h"
#include "commands.h"
#include "console.h"
#include "core/counted.h"
#include "core/file.h"
#include "core/refuse.h"
#include "exit_code.h"
#include "floatsd/core/error.h"
#include "floatsd/data/source.h"
#include "images/resize.h"
#include "input_options.h"
#include "network_to_measure.h"
#include "option_group.h"
#include "printable.h"
#include "run_record.h"
#include "shared_flags.h"
#include "value_type.h"

namespace floatsd::app {
namespace {

using check::Baseline;
using check::Comparison;
using check::Outcome;
using check::Row;

struct CheckFlags {
  SharedFlags shared;
  DatasetFlags dataset;
  std::string file, baseline, junit, markdown;
  bool update = false, exact = false, speed = false;
};

/// What was measured, and of what.
struct Measured {
  check::Facts facts;
  check::Images images;
  std::optional<check::Fingerprint> exact;
};

void require_outputs_apart(CheckFlags& flags) {
  require_apart(flags.file, flags.baseline, "--baseline");
  for (const auto& [output, flag] :
       {std::pair{flags.junit, "--junit"}, std::pair{flags.markdown, "--markdown"}}) {
    require_apart(flags.file, output, flag);
    require_apart(flags.baseline, output, flag);
  }
  flags.shared.outputs = {{flags.junit, "--junit"},
                          {flags.markdown, "--markdown"},
                          {flags.update ? flags.baseline : "", "--baseline"}};
  require_outputs(flags.shared.outputs);
}

/// If nothing can be compared, reports of an earlier check must not pass for this one's. Another
/// file stays until it is replaced.
void remove_reports(const CheckFlags& flags) {
  for (const std::string& report : {flags.junit, flags.markdown}) {
    std::error_code not_there;
    if (std::filesystem::is_regular_file(report, not_there) &&
        check::is_report(read_file(report))) {
      std::filesystem::remove(std::filesystem::canonical(report));
    }
  }
}

/// None if there is none yet, and --update will make it.
std::optional<Baseline> read_baseline(const CheckFlags& flags) {
  std::error_code unreachable;
  if (std::filesystem::exists(flags.baseline, unreachable)) {
    return check::parse_baseline(read_file(flags.baseline), flags.baseline);
  }
  if (!flags.update) {
    throw Error(flags.baseline + ": no such file; --update makes it of the network");
  }
  return std::nullopt;
}

check::NetworkKind kind_of(const workflow::NetworkToMeasure& network) {
  return network.integer ? check::NetworkKind::kInteger : check::NetworkKind::kFloat;
}

std::string images_text(const check::Images& images) {
  constexpr size_t kShown = 12;
  return counted(images.count, "image") + " of " + images.dataset + " (SHA-256 " +
         images.sha256.substr(0, kShown) + "...)";
}

bool are_same(const check::Images& a, const check::Images& b) {
  return a.count == b.count && a.sha256 == b.sha256;
}

/// Refused before anything is measured.
void require_comparable(const Baseline& baseline, check::NetworkKind kind,
                        const check::Images& images, const CheckFlags& flags) {
  if (baseline.kind != kind) {
    throw Error(flags.baseline + ": network is '" + to_string(baseline.kind) + "', and " +
                flags.file + " is '" + to_string(kind) + "'; expected the same, or --update");
  }
  if (!are_same(baseline.images, images)) {
    throw Error(flags.baseline + ": was measured on " + images_text(baseline.images) +
                ", here are " + images_text(images) + "; expected the same images, or --update");
  }
  if (flags.exact && !baseline.exact) {
    throw Error(flags.baseline + ": no key 'exact'; --exact --update puts it in");
  }
}

Measured measure(const CheckFlags& flags, const std::optional<Baseline>& before, int threads) {
  DatasetFlags given = flags.dataset;
  if (given.dataset.empty() && before) {
    given.dataset = before->images.dataset;
    given.named_by = flags.baseline + " was measured on it";
    named(flags.baseline + ": images", [&] {
      if (!given.resize && !before->images.resize.empty()) {
        given.resize = images::parse_size(before->images.resize);
      }
      return data::parse_source(given.dataset);
    });
  }
  auto [network, source] = open_network(flags.file, given);
  if (flags.speed && !network.integer) {
    throw Error(flags.file + ": is a float network, and --speed is of integer ones");
  }
  source = or_by_shape(source, image_shape(network));
  const data::Dataset dataset = load(flags.shared, source, data::Part::kTest);
  const DataIdentity identity = identity_of(dataset);
  Measured measured{.facts = {},
                    .images = {.dataset = source.dataset,
                               .count = identity.images,
                               .sha256 = identity.checksum,
                               .resize = resize_text(source.resize)},
                    .exact = fingerprint(network)};
  if (before && !flags.update) {
    require_comparable(*before, kind_of(network), measured.images, flags);
  }
  measured.facts = workflow::measure(network, dataset, threads, shown_progress());
  if (flags.speed) {
    measured.facts.measures.push_back(
        {"speed", "", check::speed(*network.integer, dataset.images)});
  }
  return measured;
}

/// With the checksums of what was measured if the baseline had some, or if they are asked for.
Baseline updated(const std::optional<Baseline>& before, const Measured& measured,
                 const CheckFlags& flags) {
  const bool is_exact = flags.exact || (before && before->exact);
  return check::updated(before, measured.facts, measured.images,
                        is_exact ? measured.exact : std::nullopt);
}

Comparison compare(const Baseline& baseline, const Measured& measured, const CheckFlags& flags) {
  Comparison comparison = check::compare(baseline, measured.facts);
  if (flags.exact && baseline.exact) {
    check::compare_exactly(*baseline.exact, *measured.exact, comparison);
  }
  return comparison;
}

void print_row(const Row& row, size_t width) {
  const auto or_dash = [](const std::string& text) { return text.empty() ? "-" : text.c_str(); };
  std::printf("%-*s %15s %15s %10s %10s  %s\n", static_cast<int>(width),
              printable(row.name).c_str(), or_dash(row.before), or_dash(row.now),
              row.change.c_str(), row.tolerance.c_str(), to_string(row.outcome));
}

/// What moved.
void print_table(const Comparison& comparison) {
  size_t width = 0;
  for (const Row& row : comparison.rows) {
    width = std::max(width, row.outcome == Outcome::kSame ? 0 : printable(row.name).size());
  }
  if (width > 0) {
    std::printf("%-*s %15s %15s %10s %10s\n", static_cast<int>(width), "", "baseline", "now",
                "change", "tolerance");
  }
  for (const Row& row : comparison.rows) {
    if (row.outcome != Outcome::kSame) {
      print_row(row, width);
    }
  }
  std::printf("%s\n", check::summary(comparison).c_str());
}

nlohmann::ordered_json number_or_text(const std::optional<double>& number,
                                      const std::string& text) {
  if (number && *number == std::floor(*number)) {
    return static_cast<int64_t>(*number);
  }
  if (number) {
    return *number;
  }
  return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

nlohmann::ordered_json to_json(const Comparison& comparison, const Measured& measured,
                               const CheckFlags& flags) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const Row& row : comparison.rows) {
    rows.push_back({{"name", row.name},
                    {"baseline", number_or_text(row.expected, row.before)},
                    {"now", number_or_text(row.measured, row.now)},
                    {"tolerance", row.tolerance},
                    {"outcome", to_string(row.outcome)}});
  }
  return {{"file", flags.file},
          {"network", to_string(measured.facts.kind)},
          {"dataset", measured.images.dataset},
          {"images", measured.images.count},
          {"fell", comparison.count(Outcome::kFell)},
          {"measures", rows}};
}

void say_hints(const Comparison& comparison, const std::optional<Baseline>& before,
               const Measured& measured, const CheckFlags& flags) {
  if (!flags.update && comparison.count(Outcome::kBetter) > 0 &&
      comparison.count(Outcome::kFell) == 0) {
    say("what is better becomes the baseline with --update");
  }
  if (flags.speed && before && before->find("speed", "") == nullptr && !flags.update) {
    say(flags.baseline + " has no speed to compare with; --speed --update puts it in");
  }
  if (flags.exact && before && before->exact && before->exact->sha256 != measured.exact->sha256) {
    const auto machine = [](const check::Fingerprint& exact) {
      return "LibTorch " + exact.libtorch + " with " + exact.cpu_capability;
    };
    say("a training's bytes depend on LibTorch, its instruction set (ATEN_CPU_CAPABILITY) and, "
        "with "
        "--shards 1, on --threads: the baseline is of " +
        machine(*before->exact) + ", here is " + machine(*measured.exact));
  }
}

void write_reports(const Comparison& comparison, const CheckFlags& flags) {
  if (!flags.junit.empty()) {
    write_file(flags.junit, check::junit(comparison, flags.file));
  }
  if (!flags.markdown.empty()) {
    write_file(flags.markdown, check::markdown(comparison, flags.file));
  }
}

/// "accuracy is worse: 98.31 % in the baseline, 97.10 % now, and 1 more".
std::string unmet_text(const Comparison& comparison) {
  const auto first = std::ranges::find(comparison.rows, Outcome::kFell, &Row::outcome);
  const int64_t others = comparison.count(Outcome::kFell) - 1;
  const auto or_nothing = [](const std::string& text) { return text.empty() ? "nothing" : text; };
  return printable(first->name) + " is worse: " + or_nothing(first->before) + " in the baseline, " +
         or_nothing(first->now) + " now" +
         (others == 0 ? "" : ", and " + std::to_string(others) + " more");
}

void run_check(CheckFlags& flags) {
  const int threads = apply(flags.shared);
  require_outputs_apart(flags);
  remove_reports(flags);
  const std::optional<Baseline> before = read_baseline(flags);
  const Measured measured = measure(flags, before, threads);
  const bool is_comparable =
      before && before->kind == measured.facts.kind && are_same(before->images, measured.images);
  const Comparison comparison =
      is_comparable ? compare(*before, measured, flags) : check::without_baseline(measured.facts);
  if (flags.shared.json) {
    print_json(flags.shared, to_json(comparison, measured, flags));
  } else {
    print_table(comparison);
  }
  say_hints(comparison, before, measured, flags);
  write_reports(comparison, flags);
  if (flags.update) {
    write_file(flags.baseline, check::to_json(updated(before, measured, flags)));
    say("written to " + flags.baseline);
  } else if (comparison.count(Outcome::kFell) > 0) {
    throw Unmet(flags.file + ": " + unmet_text(comparison));
  }
}

}  // namespace

void add_check_command(CLI::App& app) {
  auto flags = std::make_shared<CheckFlags>();
  CLI::App* command = app.add_subcommand(
      "check", "Compare a network with its baseline, for continuous integration");
  command->footer(R"(
Measures accuracy, right images, mismatches (of a checkpoint between the prepared and the integer
network; of a model file between its kernels and their definition, on 20 images), bytes,
multiplications and accumulator bounds, and prints what moved. Exit 1 if something is worse than the
baseline by more than the tolerance that stands beside it in the file; 2 if the two cannot be
compared: other images, another kind of network. docs/checking.md has the file.

  floatsd check runs/first/model.safetensors --baseline baseline.json --update
  floatsd check runs/first/model.safetensors --baseline baseline.json --junit check.xml)");
  command->add_option("file", flags->file, "model.safetensors, or last.pt of a run")
      ->required()
      ->type_name(kFile);
  command->add_option("--baseline", flags->baseline, "JSON file of what is expected")
      ->required()
      ->type_name(kFile);
  command->add_flag("--update", flags->update,
                    "Write what was measured into the baseline, whose tolerances stay, and do not "
                    "fail; without a baseline make it");
  command->add_flag("--exact", flags->exact,
                    "Also compare the checksums of weights and operators, layer by layer");
  command->add_flag("--speed", flags->speed,
                    "Also measure images a second, as a multiple of what the network's definition "
                    "in plain loops gives");
  command->add_option("--junit", flags->junit, "Write the comparison as JUnit's XML")
      ->type_name(kFile)
      ->group(group::kOutput);
  command->add_option("--markdown", flags->markdown, "Write what moved as a Markdown table")
      ->type_name(kFile)
      ->group(group::kOutput);
  add_dataset_flags(*command, flags->dataset,
                    "the baseline's; if there is none yet, the one that the checkpoint was trained "
                    "on, else mnist or cifar10 by the shape of their images");
  add_data_flags(*command, flags->shared);
  add_output_flags(*command, flags->shared);
  command->callback([flags] { run_check(*flags); });
}

}  // namespace floatsd::app
