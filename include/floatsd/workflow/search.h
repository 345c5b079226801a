#pragma once
// Search: a weight format for each layer, within a budget.

#include <cstdint>
#include <string>
#include <vector>

#include "floatsd/analyze/mixed_precision.h"
#include "floatsd/core/codebook.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/quant/scheme.h"
#include "floatsd/workflow/recipe.h"

namespace floatsd::workflow {

/// What a format costs a layer.
enum class Cost {
  kBytes,      ///< of its weights, as they are stored
  kShiftAdds,  ///< of an image: products times the format's partial products
};

/// "bytes" or "shift-adds"; throws Error, with a suggestion, on anything else.
Cost parse_cost(std::string_view name);
std::string to_string(Cost cost);

struct Budget {
  Cost cost = Cost::kBytes;
  double value = 0;
  bool is_share = false;  ///< of what the costliest format takes, in percent
};

/// bytes=N, bytes=P%, shift-adds=N or shift-adds=P%. Throws Error on anything else.
Budget parse_budget(const std::string& text);

/// The choice between formats, layer by layer.
struct SearchResult {
  std::vector<std::string> layers;
  std::vector<std::vector<quant::WeightScheme>> schemes;  ///< of each layer, by format
  std::vector<std::vector<analyze::Choice>> choices;      ///< their costs and losses
  std::vector<analyze::Assignment> front;                 ///< no other is cheaper and loses less
  size_t chosen = 0;  ///< of the front: the best within the budget
};

/// `graph` is the float network, whose answers on `images` are what a format may not move; it is
/// left as it was. The scheme of each layer in the recipe's rules has its format exchanged for each
/// of `formats`, of which none is null. Throws Error if the recipe has no rules, there is no
/// format, the network is not the recipe's, or nothing is within the budget.
SearchResult search(nn::Graph& graph, const Recipe& recipe,
                    const std::vector<const Codebook*>& formats, const Budget& budget,
                    const data::Dataset& images, const OnProgress& on_progress = {});

/// All layers in one format.
analyze::Assignment uniform(const SearchResult& result, size_t format);

/// The recipe with a rule for each layer, as assigned.
Recipe assigned(const Recipe& recipe, const SearchResult& result,
                const analyze::Assignment& assignment);

/// The recipe with that format in each of its rules; null, float32, takes the rules away.
Recipe in_format(const Recipe& recipe, const Codebook* format);

}  // namespace floatsd::workflow
