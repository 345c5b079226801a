#include "sweep_table.h"

#include <algorithm>
#include <cstdio>
#include <numeric>
#include <optional>

#include "core/file.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "report/scatter_chart.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

constexpr int kFloatBits = 32;

/// null if there is none.
ordered_json number(std::optional<double> value) {
  return value ? ordered_json(*value) : ordered_json();
}

std::string text(const ordered_json& number, const char* pattern) {
  if (!number.is_number()) {
    return "-";
  }
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, pattern, number.get<double>());
  return buffer;
}

}  // namespace

ordered_json to_json(const SweepRun& run) {
  ordered_json object{{"format", run.format}, {"seed", run.seed}, {"diverged", run.diverged}};
  object["accuracy"] = run.diverged ? ordered_json() : ordered_json(run.accuracy.percent());
  object["correct"] = run.diverged ? ordered_json() : ordered_json(run.accuracy.correct);
  object["total"] = run.diverged ? ordered_json() : ordered_json(run.accuracy.total);
  object["mismatches"] = run.mismatches ? ordered_json(*run.mismatches) : ordered_json();
  return object;
}

/// Throws Error if a number cannot be.
SweepRun run_from(const ordered_json& row) {
  require(row.at("seed").is_number_unsigned(), "a seed of " + row.at("seed").dump());
  SweepRun run{.format = row.at("format").get<std::string>(),
               .seed = row.at("seed").get<uint64_t>(),
               .diverged = row.at("diverged").get<bool>()};
  if (!run.diverged) {
    run.accuracy = {.correct = row.at("correct").get<int64_t>(),
                    .total = row.at("total").get<int64_t>()};
    require(run.accuracy.total >= 1 && run.accuracy.correct >= 0 &&
                run.accuracy.correct <= run.accuracy.total,
            std::to_string(run.accuracy.correct) + " of " + std::to_string(run.accuracy.total) +
                " images right");
  }
  run.reason = row.value("reason", "");
  if (row.at("mismatches").is_number()) {
    run.mismatches = row.at("mismatches").get<int64_t>();
  }
  return run;
}

bool is_of(const SweepRun& run, const SweepJob& job) {
  return run.format == job.format.name && run.seed == job.recipe.options.seed;
}

void SweepTable::load() {
  if (!std::filesystem::exists(file_)) {
    return;
  }
  try {
    const ordered_json saved = ordered_json::parse(read_file(file_));
    for (const ordered_json& run : saved.at("runs")) {
      runs_.push_back(named(file_.string(), [&] { return run_from(run); }));
    }
  } catch (const ordered_json::exception&) {
    throw Error(file_.string() + ": not the runs of a sweep, expected what `floatsd sweep` wrote");
  }
}

bool SweepTable::has(const SweepJob& job) const {
  return std::any_of(runs_.begin(), runs_.end(),
                     [&](const SweepRun& run) { return is_of(run, job); });
}

bool SweepTable::has(const SweepRun& run) const {
  return std::any_of(runs_.begin(), runs_.end(), [&](const SweepRun& each) {
    return each.format == run.format && each.seed == run.seed;
  });
}

void SweepTable::remove(const SweepJob& job) {
  std::erase_if(runs_, [&](const SweepRun& run) { return is_of(run, job); });
}

void SweepTable::add(const SweepRun& run) {
  runs_.push_back(run);
  const auto place = [&](const SweepRun& each) {
    const auto job = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const SweepJob& its) { return is_of(each, its); });
    return job == jobs_.end() ? -1 : job - jobs_.begin();
  };
  std::stable_sort(runs_.begin(), runs_.end(),
                   [&](const SweepRun& a, const SweepRun& b) { return place(a) < place(b); });
  auto runs = ordered_json::array();
  for (const SweepRun& each : runs_) {
    runs.push_back(to_json(each));
  }
  write_file(file_, ordered_json{{"runs", runs}}.dump(2) + "\n");
}

int64_t SweepTable::mismatches() const {
  return std::accumulate(
      runs_.begin(), runs_.end(), int64_t{0},
      [](int64_t sum, const SweepRun& run) { return sum + run.mismatches.value_or(0); });
}

ordered_json SweepTable::summary() const {
  auto all = ordered_json::array();
  for (const SweepSummary& summary : workflow::summarize(jobs_, runs_)) {
    ordered_json row{{"format", summary.format.name}};
    const Codebook* book = summary.format.codebook;
    row["bits"] = book ? book->bits : kFloatBits;
    row["levels"] = book ? ordered_json(book->level_count()) : ordered_json();
    row["partial_products"] = book ? ordered_json(partial_products(*book)) : ordered_json();
    row["bytes"] = summary.bytes;
    row["accuracy"] = number(summary.accuracy);
    row["deviation"] = number(summary.deviation);
    row["correct"] = ordered_json::array();
    for (const SweepRun& run : summary.runs) {
      row["correct"].push_back(run.diverged ? ordered_json() : ordered_json(run.accuracy.correct));
    }
    all.push_back(row);
  }
  return all;
}

void SweepTable::print() const {
  std::printf("%-20s %4s %7s %17s %10s %10s %10s  %s\n", "format", "bits", "levels",
              "partial products", "bytes", "accuracy", "deviation", "right, run by run");
  for (const ordered_json& row : summary()) {
    std::string runs;
    for (const ordered_json& correct : row["correct"]) {
      runs += (runs.empty() ? "" : ", ") +
              (correct.is_number() ? correct.dump() : std::string("diverged"));
    }
    std::printf("%-20s %4d %7s %17s %10lld %10s %10s  %s\n",
                row["format"].get<std::string>().c_str(), row["bits"].get<int>(),
                text(row["levels"], "%.0f").c_str(), text(row["partial_products"], "%.0f").c_str(),
                row["bytes"].get<long long>(), text(row["accuracy"], "%.3f").c_str(),
                text(row["deviation"], "%.3f").c_str(), runs.c_str());
  }
}

std::string SweepTable::picture(const std::string& title) const {
  std::vector<report::Panel> panels = {{"bits a weight", {}},
                                       {"partial products a multiplication", {}}};
  std::optional<report::Point> line;
  for (const ordered_json& row : summary()) {
    const auto name = row["format"].get<std::string>();
    if (!row["accuracy"].is_number()) {
      continue;
    }
    const double accuracy = row["accuracy"];
    if (row["partial_products"].is_null()) {
      line = report::Point{name, 0, accuracy};
      continue;
    }
    panels[0].points.push_back({name, row["bits"], accuracy});
    panels[1].points.push_back({name, row["partial_products"], accuracy});
  }
  if (panels[0].points.empty() && !line) {
    return "";
  }
  return report::scatter_chart(title, "accuracy, %", panels, line).file();
}

}  // namespace floatsd::app
