#include <algorithm>
#include <array>

#include "core/markup.h"
#include "report/elements.h"
#include "report/look.h"
#include "report/numbers.h"
#include "report/sections.h"

namespace floatsd::report {
namespace {

/// In the order in which they come, which is that of the bands' colours.
constexpr std::array<const char*, kBandColours> kPhases = {"float", "observe", "quantize",
                                                           "batch norm frozen", "ranges frozen"};

int colour_of(const std::string& phase) {
  const auto found = std::find(kPhases.begin(), kPhases.end(), phase);
  return found == kPhases.end() ? 0 : static_cast<int>(found - kPhases.begin());
}

/// Epochs of one phase one after the other are a band.
std::vector<Band> bands_of(const std::vector<Epoch>& epochs) {
  std::vector<Band> bands;
  for (const Epoch& epoch : epochs) {
    if (bands.empty() || bands.back().name != epoch.phase) {
      bands.push_back({epoch.phase, epoch.number - 0.5, 0, colour_of(epoch.phase)});
    }
    bands.back().to = epoch.number + 0.5;
  }
  return bands;
}

std::string legend(const std::vector<Band>& bands) {
  std::string items;
  for (const Band& band : bands) {
    const auto first = static_cast<int>(band.from + 1);
    const auto last = static_cast<int>(band.to);
    items += "<li>" + band_swatch(band.colour) + as_markup(band.name) + ", epoch" +
             (first == last ? " " + std::to_string(first)
                            : "s " + std::to_string(first) + " to " + std::to_string(last)) +
             "</li>\n";
  }
  return "<ul class=\"legend\">\n" + items + "</ul>\n";
}

std::string curve_figure(const RunReport& run, Curve which, const std::string& title) {
  return figure(title, line_chart({.title = title + " by epoch",
                                   .x_label = "epoch",
                                   .series = {curve(run, which, title)},
                                   .bands = bands_of(run.epochs)}));
}

std::string epoch_table(const RunReport& run) {
  Table table("Epochs", {{"epoch"},
                         {"phase", Align::kText},
                         {"learning rate"},
                         {"loss"},
                         {run.accuracy_of + " accuracy"}});
  for (const Epoch& epoch : run.epochs) {
    table.add_row({std::to_string(epoch.number), as_markup(epoch.phase),
                   short_number(epoch.learning_rate), fixed(epoch.loss, 4),
                   epoch.accuracy ? fixed(*epoch.accuracy, 2) + " %" : kDash});
  }
  return "<details><summary>All epochs as a table</summary>\n" + table.html() + "</details>\n";
}

}  // namespace

Series curve(const RunReport& run, Curve which, const std::string& name) {
  Series series{name, {}};
  for (const Epoch& epoch : run.epochs) {
    if (which == Curve::kAccuracy && !epoch.accuracy) {
      continue;
    }
    const double value = which == Curve::kLoss           ? epoch.loss
                         : which == Curve::kLearningRate ? epoch.learning_rate
                                                         : *epoch.accuracy;
    series.points.push_back({static_cast<double>(epoch.number), value});
  }
  return series;
}

std::string training_section(const RunReport& run, const std::string& id) {
  if (run.epochs.empty()) {
    return "";
  }
  std::string figures = curve_figure(run, Curve::kLoss, "Loss");
  if (!curve(run, Curve::kAccuracy, "").points.empty()) {
    figures += curve_figure(
        run, Curve::kAccuracy,
        (run.accuracy_of == "validation" ? "Validation accuracy, %" : "Test accuracy, %"));
  }
  figures += curve_figure(run, Curve::kLearningRate, "Learning rate");
  return section(id + "training", "Training",
                 charts(figures) + legend(bands_of(run.epochs)) + epoch_table(run));
}

}  // namespace floatsd::report
