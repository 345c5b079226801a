#include "report/comparison.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include "core/markup.h"
#include "report/elements.h"
#include "report/line_chart.h"
#include "report/markup.h"
#include "report/numbers.h"
#include "report/sections.h"

namespace floatsd::report {
namespace {

std::vector<std::string> summary_cells(const RunReport& run, const std::string& label) {
  const std::optional<Cost> cost = run.cost();
  const auto number = [&](int64_t value) { return cost ? grouped(value) : kDash; };
  const Cost known = cost.value_or(Cost{});
  return {
      name_html(label),
      run.answers ? fixed(run.answers->percent(), 2) + " %" : kDash,
      run.answers ? grouped(run.answers->correct) + " of " + grouped(run.answers->total) : kDash,
      run.comparison ? grouped(run.comparison->mismatches) : kDash,
      name_html(run.network),
      name_html(run.dataset),
      as_markup(run.schemes()),
      number(known.bytes()),
      number(known.multiplications),
      number(known.shifts),
      number(known.additions),
      run.epochs.empty() ? kDash : std::to_string(run.epochs.back().number),
      run.epochs.empty() ? kDash : fixed(run.epochs.back().loss, 4)};
}

std::string summary_table(const std::vector<RunReport>& runs,
                          const std::vector<std::string>& labels) {
  Table table("Summary", {{"run", Align::kText},
                          {"accuracy"},
                          {"right"},
                          {"mismatches"},
                          {"network", Align::kText},
                          {"images", Align::kText},
                          {"weights", Align::kText},
                          {"bytes"},
                          {"multiplications"},
                          {"shifts"},
                          {"additions"},
                          {"epochs"},
                          {"last loss"}});
  for (size_t i = 0; i < runs.size(); ++i) {
    table.add_row(summary_cells(runs[i], labels[i]));
  }
  return table.html();
}

std::string curves(const std::vector<RunReport>& runs, const std::vector<std::string>& labels) {
  std::string figures;
  std::string legend;
  for (const auto& [which, title] :
       {std::pair{Curve::kLoss, "Loss"}, std::pair{Curve::kAccuracy, "Accuracy, %"},
        std::pair{Curve::kLearningRate, "Learning rate"}}) {
    LineChart chart{.title = std::string(title) + " by epoch", .x_label = "epoch"};
    bool is_empty = true;
    for (size_t i = 0; i < runs.size(); ++i) {
      chart.series.push_back(curve(runs[i], which, labels[i]));
      is_empty = is_empty && chart.series.back().points.empty();
    }
    figures += is_empty ? "" : figure(title, line_chart(chart));
  }
  for (size_t i = 0; i < runs.size(); ++i) {
    legend +=
        runs[i].epochs.empty() ? "" : "<li>" + line_swatch(i) + name_html(labels[i]) + "</li>\n";
  }
  return figures.empty() ? "" : charts(figures) + "<ul class=\"legend\">\n" + legend + "</ul>\n";
}

/// The layers of all runs by name: those of the first one in its order, then what others have
/// besides.
std::vector<std::string> layer_names(const std::vector<RunReport>& runs) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const RunReport& run : runs) {
    for (const Layer& layer : run.layers) {
      if (seen.insert(layer.name).second) {
        names.push_back(layer.name);
      }
    }
  }
  return names;
}

void add_layer_cells(const Layer* layer, std::vector<std::string>& cells) {
  const bool has_weights = layer != nullptr && layer->weights;
  cells.push_back(has_weights ? as_markup(layer->weights->scheme) : kDash);
  cells.push_back(has_weights ? decibels(layer->weights->sqnr) : kDash);
  cells.push_back(has_weights && !layer->weights->levels.empty()
                      ? std::to_string(layer->weights->levels_used())
                      : kDash);
  const bool has_cost = layer != nullptr && layer->cost;
  cells.push_back(has_cost ? grouped(layer->cost->bytes()) : kDash);
  cells.push_back(has_cost ? grouped(layer->cost->multiplications) : kDash);
}

std::string layer_comparison(const std::vector<RunReport>& runs,
                             const std::vector<std::string>& labels) {
  std::vector<Column> columns = {{"layer", Align::kText}};
  std::vector<std::pair<std::string, size_t>> groups = {{"", 1}};
  std::vector<std::map<std::string, const Layer*>> by_name;
  for (size_t i = 0; i < runs.size(); ++i) {
    columns.insert(
        columns.end(),
        {{"weights", Align::kText}, {"SQNR"}, {"levels used"}, {"bytes"}, {"multiplications"}});
    groups.emplace_back(labels[i], 5);
    by_name.emplace_back();
    for (const Layer& layer : runs[i].layers) {
      by_name.back()[layer.name] = &layer;
    }
  }
  Table table("Layers side by side", columns);
  table.add_groups(groups);
  for (const std::string& name : layer_names(runs)) {
    std::vector<std::string> cells = {name_html(name)};
    for (const auto& layers : by_name) {
      const auto found = layers.find(name);
      add_layer_cells(found == layers.end() ? nullptr : found->second, cells);
    }
    table.add_row(cells);
  }
  return table.html();
}

/// Lines "KEY = VALUE" of a config.
std::map<std::string, std::string> settings_of(const std::string& config) {
  std::map<std::string, std::string> settings;
  std::istringstream lines(config);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find(" = ");
    if (equals != std::string::npos) {
      settings[line.substr(0, equals)] = line.substr(equals + 3);
    }
  }
  return settings;
}

std::string config_differences(const std::vector<RunReport>& runs,
                               const std::vector<std::string>& labels) {
  std::vector<Column> columns = {{"key", Align::kText}};
  std::vector<std::map<std::string, std::string>> settings;
  std::set<std::string> keys;
  for (size_t i = 0; i < runs.size(); ++i) {
    columns.push_back({shortened(labels[i], 40), Align::kText});
    settings.push_back(settings_of(runs[i].config));
    for (const auto& [key, value] : settings.back()) {
      keys.insert(key);
    }
  }
  Table table("Differences of the configs", columns);
  bool is_empty = true;
  for (const std::string& key : keys) {
    std::set<std::string> values;
    std::vector<std::string> cells = {name_html(key)};
    for (const auto& each : settings) {
      const auto found = each.find(key);
      const std::string value = found == each.end() ? "" : found->second;
      values.insert(value);
      cells.push_back(value.empty() ? kDash : name_html(value));
    }
    if (values.size() > 1) {
      table.add_row(cells);
      is_empty = false;
    }
  }
  return is_empty ? paragraph("The configs do not differ.") : table.html();
}

}  // namespace

std::vector<std::string> labels_of(const std::vector<RunReport>& runs) {
  std::vector<std::string> names;
  std::vector<std::string> last;
  for (const RunReport& run : runs) {
    names.push_back(run.name);
    last.push_back(run.name.substr(run.name.find_last_of('/') + 1));
  }
  return std::set<std::string>(last.begin(), last.end()).size() == runs.size() ? last : names;
}

std::string comparison(const std::vector<RunReport>& runs, const std::vector<std::string>& labels) {
  const std::string lines = curves(runs, labels);
  return section("compared-summary", "Side by side", summary_table(runs, labels)) +
         (lines.empty() ? "" : section("compared-training", "Training", lines)) +
         section("compared-layers", "Layers", layer_comparison(runs, labels)) +
         section("compared-configs", "What the configs differ in",
                 config_differences(runs, labels));
}

}  // namespace floatsd::report
