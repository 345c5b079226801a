#include "sweep_table.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>

#include "core/file.h"
#include "floatsd/core/error.h"
#include "scatter_chart.h"

namespace floatsd::app {
namespace {

using nlohmann::ordered_json;

constexpr int kFloatBits = 32;

double percent(const SweepRun& run) {
  return 100.0 * static_cast<double>(run.correct) / static_cast<double>(run.total);
}

ordered_json to_json(const SweepRun& run) {
  ordered_json object{{"format", run.format}, {"seed", run.seed}, {"diverged", run.diverged}};
  object["accuracy"] = run.diverged ? ordered_json() : ordered_json(percent(run));
  object["correct"] = run.diverged ? ordered_json() : ordered_json(run.correct);
  object["total"] = run.diverged ? ordered_json() : ordered_json(run.total);
  object["mismatches"] = run.mismatches ? ordered_json(*run.mismatches) : ordered_json();
  return object;
}

/// Throws what the JSON library throws where a field is missing or of another type.
SweepRun run_from(const ordered_json& object) {
  SweepRun run{.format = object.at("format").get<std::string>(),
               .seed = object.at("seed").get<uint64_t>(),
               .diverged = object.at("diverged").get<bool>()};
  if (!run.diverged) {
    run.correct = object.at("correct").get<int64_t>();
    run.total = object.at("total").get<int64_t>();
  }
  if (object.at("mismatches").is_number()) {
    run.mismatches = object.at("mismatches").get<int64_t>();
  }
  return run;
}

/// Of one number there is none.
ordered_json deviation(const std::vector<double>& values, double mean) {
  if (values.size() < 2) {
    return nullptr;
  }
  double sum = 0;
  for (const double value : values) {
    sum += (value - mean) * (value - mean);
  }
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
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

void SweepTable::load() {
  if (!std::filesystem::exists(file_)) {
    return;
  }
  try {
    const ordered_json saved = ordered_json::parse(read_file(file_));
    for (const ordered_json& run : saved.at("runs")) {
      runs_.push_back(run_from(run));
    }
  } catch (const ordered_json::exception&) {
    throw Error(file_.string() + ": not the runs of a sweep, expected what `floatsd sweep` wrote");
  }
}

bool SweepTable::has(const std::string& format, uint64_t seed) const {
  return std::any_of(runs_.begin(), runs_.end(),
                     [&](const SweepRun& run) { return run.format == format && run.seed == seed; });
}

void SweepTable::remove(const std::string& format, uint64_t seed) {
  std::erase_if(runs_,
                [&](const SweepRun& run) { return run.format == format && run.seed == seed; });
}

void SweepTable::add(const SweepRun& run) {
  runs_.push_back(run);
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
  for (const SweepFormat& format : formats_) {
    ordered_json row{{"format", format.name}};
    const Codebook* book = format.codebook;
    row["bits"] = book ? book->bits : kFloatBits;
    row["levels"] = book ? ordered_json(book->level_count()) : ordered_json();
    row["partial_products"] = book ? ordered_json(partial_products(*book)) : ordered_json();
    row["bytes"] = format.bytes;
    auto correct = ordered_json::array();
    std::vector<double> accuracies;
    for (const SweepRun& run : runs_) {
      if (run.format == format.name) {
        correct.push_back(run.diverged ? ordered_json() : ordered_json(run.correct));
        if (!run.diverged) {
          accuracies.push_back(percent(run));
        }
      }
    }
    const double mean = std::accumulate(accuracies.begin(), accuracies.end(), 0.0) /
                        static_cast<double>(accuracies.size());
    row["accuracy"] = accuracies.empty() ? ordered_json() : ordered_json(mean);
    row["deviation"] = deviation(accuracies, mean);
    row["correct"] = correct;
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
  std::vector<Panel> panels = {{"bits a weight", {}}, {"partial products a multiplication", {}}};
  std::optional<Point> line;
  for (const ordered_json& row : summary()) {
    const auto name = row["format"].get<std::string>();
    if (!row["accuracy"].is_number()) {
      continue;
    }
    const double accuracy = row["accuracy"];
    if (row["partial_products"].is_null()) {
      line = Point{name, 0, accuracy};
      continue;
    }
    panels[0].points.push_back({name, row["bits"], accuracy});
    panels[1].points.push_back({name, row["partial_products"], accuracy});
  }
  if (panels[0].points.empty() && !line) {
    return "";
  }
  return scatter_chart(title, "accuracy, %", panels, line);
}

}  // namespace floatsd::app
