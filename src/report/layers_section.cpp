#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/markup.h"
#include "report/bar_chart.h"
#include "report/elements.h"
#include "report/histogram.h"
#include "report/numbers.h"
#include "report/sections.h"

namespace floatsd::report {
namespace {

constexpr double kLimitBits = 31;
constexpr size_t kMostBars = 30;
constexpr size_t kMostOpenCards = 24;

double bits_of(const Integers& integers) {
  return std::log2(static_cast<double>(integers.accumulator_bound) + 1);
}

std::string scale_text(const Weights& weights) {
  const std::string smallest = short_number(weights.smallest_scale, 3);
  const std::string largest = short_number(weights.largest_scale, 3);
  return smallest == largest ? smallest : smallest + " to " + largest;
}

std::string levels_text(const Weights& weights) {
  return std::to_string(weights.levels_used()) + " of " + std::to_string(weights.levels.size());
}

/// How much of the accumulator's bits a layer may need.
std::string meter(const Integers& integers) {
  if (integers.accumulator_bound == 0) {
    return kDash;
  }
  const double bits = bits_of(integers);
  return "<span class=\"meter\" title=\"at most " + grouped(integers.accumulator_bound) +
         "\"><i style=\"width:" + fixed(100 * bits / kLimitBits, 1) + "%\"></i></span>" +
         fixed(bits, 1) + " of 31 bits";
}

std::vector<std::string> cells_of(const Layer& layer) {
  std::vector<std::string> cells = {name_html(layer.name), as_markup(layer.kind)};
  if (const auto& weights = layer.weights) {
    cells.insert(cells.end(),
                 {as_markup(weights->scheme), levels_text(*weights), percent_of(weights->clipped),
                  decibels(weights->sqnr), scale_text(*weights)});
  } else {
    cells.insert(cells.end(), 5, kDash);
  }
  const Integers& integers = *layer.integers;
  cells.insert(cells.end(), {short_number(integers.scale, 3), std::to_string(integers.zero_point),
                             decibels(integers.output_sqnr), percent_of(integers.output_clipped),
                             meter(integers)});
  return cells;
}

std::string layer_table(const RunReport& run) {
  Table table("Layers", {{"layer", Align::kText},
                         {"operator", Align::kText},
                         {"format", Align::kText},
                         {"levels used"},
                         {"clipped"},
                         {"SQNR"},
                         {"scale"},
                         {"scale"},
                         {"zero point"},
                         {"SQNR"},
                         {"clipped"},
                         {"accumulator, at most", Align::kText}});
  table.add_groups({{"", 1}, {"", 1}, {"weights", 5}, {"outputs", 4}, {"", 1}});
  for (const Layer& layer : run.layers) {
    table.add_row(cells_of(layer));
  }
  return table.html();
}

/// Which layers are shown if they are many.
enum class Extreme { kLowest, kHighest };

/// Bars of those layers, in the network's order.
template <typename Value>
std::string bars_of(const RunReport& run, const std::string& title, Extreme extreme,
                    const Value& value, double full = 0) {
  std::vector<size_t> chosen;
  for (size_t i = 0; i < run.layers.size(); ++i) {
    if (const std::optional<double> found = value(run.layers[i]); found && std::isfinite(*found)) {
      chosen.push_back(i);
    }
  }
  if (chosen.empty()) {
    return "";
  }
  const size_t all = chosen.size();
  std::stable_sort(chosen.begin(), chosen.end(), [&](size_t a, size_t b) {
    const double left = *value(run.layers[a]);
    const double right = *value(run.layers[b]);
    return extreme == Extreme::kLowest ? left < right : left > right;
  });
  chosen.resize(std::min(all, kMostBars));
  std::sort(chosen.begin(), chosen.end());
  BarChart chart{.title = title, .bars = {}, .full = full};
  for (const size_t i : chosen) {
    const double length = *value(run.layers[i]);
    chart.bars.push_back({run.layers[i].name, {length}, fixed(length, 1)});
  }
  const std::string heading =
      all > kMostBars
          ? title + (extreme == Extreme::kLowest ? ", lowest " : ", highest ") +
                std::to_string(kMostBars) + " of " + counted(static_cast<int64_t>(all), "layer")
          : title;
  return figure(heading, bar_chart(chart));
}

std::string bar_charts(const RunReport& run) {
  const auto weight_sqnr = [](const Layer& layer) {
    return layer.weights ? layer.weights->sqnr : std::nullopt;
  };
  const auto output_sqnr = [](const Layer& layer) { return layer.integers->output_sqnr; };
  const auto accumulator = [](const Layer& layer) {
    return layer.integers->accumulator_bound > 0 ? std::optional(bits_of(*layer.integers))
                                                 : std::nullopt;
  };
  return charts(
      bars_of(run, "SQNR of the weights, dB", Extreme::kLowest, weight_sqnr) +
      bars_of(run, "SQNR of the outputs, dB", Extreme::kLowest, output_sqnr) +
      bars_of(run, "Accumulator, bits of 31", Extreme::kHighest, accumulator, kLimitBits));
}

std::string weight_histogram(const Layer& layer) {
  const Weights& weights = *layer.weights;
  if (weights.count() == 0) {
    return "";
  }
  return figure("Weights: " + levels_text(weights) + " levels of " + weights.scheme,
                histogram({.title = "Weights of " + layer.name + " over the levels",
                           .noun = "weights",
                           .values = weights.levels,
                           .counts = weights.counts}));
}

std::string code_histogram(const Layer& layer) {
  const Integers& integers = *layer.integers;
  const CodeCounts& codes = *integers.codes;
  const int64_t total = std::accumulate(codes.begin(), codes.end(), int64_t{0});
  if (total == 0) {
    return "";
  }
  const auto share = [&](size_t code) {
    return percent_of(static_cast<double>(codes[code]) / static_cast<double>(total));
  };
  std::vector<int> values(codes.size());
  std::iota(values.begin(), values.end(), 0);
  return figure("Output codes: " + share(0) + " at 0, " + share(255) + " at 255",
                histogram({.title = "Output codes of " + layer.name,
                           .noun = "outputs",
                           .values = values,
                           .counts = {codes.begin(), codes.end()},
                           .colour = 2,
                           .marked = integers.zero_point}));
}

std::string card(const Layer& layer) {
  std::string pictures;
  if (layer.weights) {
    pictures += weight_histogram(layer);
  }
  if (layer.integers->codes) {
    pictures += code_histogram(layer);
  }
  if (pictures.empty()) {
    return "";
  }
  return "<article><h3>" + name_html(layer.name) + "</h3>" + note(layer.kind + " " + layer.shape) +
         pictures + "</article>\n";
}

std::string cards(const RunReport& run) {
  std::string all;
  for (const Layer& layer : run.layers) {
    all += card(layer);
  }
  if (all.empty()) {
    return "";
  }
  const char* open = run.layers.size() <= kMostOpenCards ? " open" : "";
  std::string text =
      "A column is as high as the square root of its share, so that rare values are seen.";
  if (run.images_of_codes > 0) {
    text += " Codes: of " + counted(run.images_of_codes, "test image") +
            "; the dashed line is the code of zero.";
  }
  return std::string("<details") + open + "><summary>Weights and codes of " +
         counted(static_cast<int64_t>(run.layers.size()), "layer") + "</summary>\n" + note(text) +
         "<div class=\"layers\">\n" + all + "</div>\n</details>\n";
}

}  // namespace

std::string layers_section(const RunReport& run, const std::string& id) {
  const bool has_integers = !run.layers.empty() && std::all_of(run.layers.begin(), run.layers.end(),
                                                               [](const Layer& layer) {
                                                                 return layer.integers.has_value();
                                                               });
  if (!has_integers) {
    return "";
  }
  return section(
      id + "layers", "Layers",
      bar_charts(run) + layer_table(run) +
          note("SQNR: signal over quantization noise. Clipped weights lie where the "
               "format's next level would begin, clipped outputs beyond the codes' "
               "range. The accumulator's bound follows from the weights; it must stay below "
               "2\xc2\xb3\xc2\xb9, and float32 is exact below 2\xc2\xb2\xe2\x81\xb4.") +
          cards(run));
}

}  // namespace floatsd::report
