#include <algorithm>
#include <numeric>

#include "core/markup.h"
#include "report/bar_chart.h"
#include "report/elements.h"
#include "report/line_chart.h"
#include "report/numbers.h"
#include "report/sections.h"

namespace floatsd::report {
namespace {

constexpr size_t kMostCostBars = 24;

std::vector<std::string> cost_cells(const std::string& name, const std::string& kind,
                                    const std::string& shape, const std::string& partial_products,
                                    const Cost& cost) {
  return {name,
          kind,
          shape,
          partial_products,
          grouped(cost.weight_bytes),
          grouped(cost.other_bytes),
          grouped(cost.multiplications),
          grouped(cost.shifts),
          grouped(cost.additions)};
}

std::string cost_table(const RunReport& run) {
  Table table("Cost by layer", {{"layer", Align::kText},
                                {"operator", Align::kText},
                                {"output", Align::kText},
                                {"partial products"},
                                {"bytes of weights"},
                                {"other bytes"},
                                {"multiplications"},
                                {"shifts"},
                                {"additions"}});
  for (const Layer& layer : run.layers) {
    const bool has_products = layer.weights && layer.weights->partial_products > 0;
    table.add_row(cost_cells(name_html(layer.name), as_markup(layer.kind), as_markup(layer.shape),
                             has_products ? std::to_string(layer.weights->partial_products) : "",
                             *layer.cost));
  }
  if (run.input_table > 0) {
    table.add_row(cost_cells("input table", "", "", "", {.other_bytes = run.input_table}));
  }
  table.add_total(cost_cells("all", "", "", "", *run.cost()));
  return table.html();
}

/// Bars of the layers with the most, in the network's order; all others are one.
template <typename Parts>
Drawing cost_bars(const RunReport& run, const std::string& title, const Parts& parts_of) {
  const auto sum = [](const std::vector<double>& parts) {
    return std::accumulate(parts.begin(), parts.end(), 0.0);
  };
  std::vector<size_t> order(run.layers.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::erase_if(order, [&](size_t i) { return sum(parts_of(*run.layers[i].cost)) == 0; });
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return sum(parts_of(*run.layers[a].cost)) > sum(parts_of(*run.layers[b].cost));
  });
  const size_t shown = std::min(order.size(), kMostCostBars);
  Cost rest;
  for (size_t i = shown; i < order.size(); ++i) {
    rest += *run.layers[order[i]].cost;
  }
  const size_t others = order.size() - shown;
  order.resize(shown);
  std::sort(order.begin(), order.end());
  BarChart chart{.title = title, .bars = {}};
  for (const size_t i : order) {
    const std::vector<double> parts = parts_of(*run.layers[i].cost);
    chart.bars.push_back({run.layers[i].name, parts, rounded(sum(parts))});
  }
  if (others > 0) {
    const std::vector<double> parts = parts_of(rest);
    chart.bars.push_back({std::to_string(others) + " others", parts, rounded(sum(parts))});
  }
  return bar_chart(chart);
}

std::string part_legend(const std::vector<std::string>& names) {
  std::string items;
  for (size_t i = 0; i < names.size(); ++i) {
    items += "<li>" + part_swatch(static_cast<int>(i)) + as_markup(names[i]) + "</li>\n";
  }
  return "<ul class=\"legend\">\n" + items + "</ul>\n";
}

}  // namespace

std::string cost_section(const RunReport& run, const std::string& id) {
  const std::optional<Cost> all = run.cost();
  if (!all) {
    return "";
  }
  const auto bytes = [](const Cost& cost) {
    return std::vector<double>{static_cast<double>(cost.weight_bytes),
                               static_cast<double>(cost.other_bytes)};
  };
  const auto operations = [](const Cost& cost) {
    return std::vector<double>{static_cast<double>(cost.multiplications),
                               static_cast<double>(cost.shifts),
                               static_cast<double>(cost.additions)};
  };
  return section(
      id + "cost", "Cost of an image",
      charts(figure("Bytes by layer", cost_bars(run, "Bytes by layer", bytes),
                    part_legend({"weights", "biases, multipliers, shifts, scales"})) +
             figure("Operations by layer", cost_bars(run, "Operations by layer", operations),
                    part_legend({"multiplications", "shifts", "additions"}))) +
          cost_table(run) + note(run.cost_of));
}

}  // namespace floatsd::report
