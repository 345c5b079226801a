#include "floatsd/workflow/search.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/enum_names.h"
#include "core/refuse.h"
#include "floatsd/analyze/sensitivity.h"
#include "floatsd/core/error.h"
#include "nn/layer.h"
#include "quant/exact_pattern.h"
#include "quant/quantizer.h"

namespace floatsd::workflow {
namespace {

const EnumNames<Cost> kCosts({"bytes", "shift-adds"});

/// Layers and schemes.
SearchResult make_problem(nn::Graph& graph, const Recipe& recipe,
                          const std::vector<const Codebook*>& formats) {
  require(recipe.quantizes(), "search: the recipe has no rules for weights");
  require(!formats.empty() && std::find(formats.begin(), formats.end(), nullptr) == formats.end(),
          "search: expected formats, at least one and none of them float32");
  SearchResult problem;
  for (const auto& [name, layer] : graph.layers()) {
    problem.layers.push_back(name);
  }
  problem.schemes.resize(problem.layers.size());
  for (const Codebook* format : formats) {
    const nn::Graph prepared = train::make_graph(network_spec(in_format(recipe, format)));
    const auto layers = prepared.layers();
    require(
        std::equal(layers.begin(), layers.end(), problem.layers.begin(), problem.layers.end(),
                   [](const auto& layer, const std::string& name) { return layer.first == name; }),
        "search: " + graph.network() + " has other layers than the recipe's " + prepared.network());
    for (size_t l = 0; l < layers.size(); ++l) {
      problem.schemes[l].push_back(layers[l].second->weight_quantizer->scheme());
    }
  }
  return problem;
}

void add_costs_and_losses(SearchResult& problem, nn::Graph& graph, quant::ScaleGrid scales,
                          const data::Dataset& images, Cost kind, const OnProgress& on_progress) {
  const std::vector<int64_t> products = analyze::products_per_image(graph);
  const auto losses =
      analyze::weight_sensitivities(graph, problem.schemes, scales, images, on_progress);
  const auto layers = graph.layers();
  for (size_t l = 0; l < layers.size(); ++l) {
    std::vector<analyze::Choice> choices;
    for (size_t s = 0; s < problem.schemes[l].size(); ++s) {
      const Codebook& book = *problem.schemes[l][s].codebook;
      const int64_t cost = kind == Cost::kBytes
                               ? stored_bytes(book, layers[l].second->weight.numel())
                               : products[l] * partial_products(book);
      choices.push_back({static_cast<double>(cost), losses[l][s]});
    }
    problem.choices.push_back(choices);
  }
}

}  // namespace

Cost parse_cost(std::string_view name) { return kCosts.parse("budget", name); }

std::string to_string(Cost cost) { return kCosts[cost]; }

Budget parse_budget(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    throw Error("budget '" + text +
                "': expected bytes=N or shift-adds=N, N a number or a share N%");
  }
  Budget budget{.cost = parse_cost(text.substr(0, equals))};
  const char* begin = text.data() + equals + 1;
  const char* end = text.data() + text.size();
  budget.is_share = text.ends_with('%');
  const auto [rest, error] = std::from_chars(begin, end, budget.value);
  if (error != std::errc() || rest != end - (budget.is_share ? 1 : 0) || !(budget.value > 0) ||
      !std::isfinite(budget.value)) {
    throw Error("budget '" + text + "': '" + std::string(begin, end) +
                "' is no positive number and no share of one");
  }
  return budget;
}

SearchResult search(nn::Graph& graph, const Recipe& recipe,
                    const std::vector<const Codebook*>& formats, const Budget& budget,
                    const data::Dataset& images, const OnProgress& on_progress) {
  SearchResult result = make_problem(graph, recipe, formats);
  add_costs_and_losses(result, graph, recipe.qconfig.scales, images, budget.cost, on_progress);
  result.front = analyze::mixed_precision_front(result.choices);
  double costliest = 0;
  for (size_t format = 0; format < formats.size(); ++format) {
    costliest = std::max(costliest, uniform(result, format).cost);
  }
  const double limit = budget.is_share ? costliest * budget.value / 100 : budget.value;
  result.chosen = analyze::find_within(result.front, limit);
  if (result.chosen == result.front.size()) {
    throw Error("budget of " + std::to_string(static_cast<int64_t>(limit)) + " " +
                to_string(budget.cost) + ": expected at least " +
                std::to_string(static_cast<int64_t>(result.front.back().cost)) +
                ", what these formats need");
  }
  return result;
}

analyze::Assignment uniform(const SearchResult& result, size_t format) {
  analyze::Assignment all{.choices = std::vector<size_t>(result.layers.size(), format)};
  for (const auto& choices : result.choices) {
    all.cost += choices[format].cost;
    all.loss += choices[format].loss;
  }
  return all;
}

Recipe assigned(const Recipe& recipe, const SearchResult& result,
                const analyze::Assignment& assignment) {
  Recipe with_rules = recipe;
  with_rules.qconfig.rules.clear();
  for (size_t l = 0; l < result.layers.size(); ++l) {
    with_rules.qconfig.rules.push_back(
        {quant::exact_pattern(result.layers[l]), result.schemes[l][assignment.choices[l]]});
  }
  return with_rules;
}

Recipe in_format(const Recipe& recipe, const Codebook* format) {
  Recipe result = recipe;
  if (format == nullptr) {
    result.qconfig.rules.clear();
  }
  for (quant::QConfigRule& rule : result.qconfig.rules) {
    rule.value.codebook = format;
  }
  return result;
}

}  // namespace floatsd::workflow
