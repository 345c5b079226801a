#include "interchange/onnx/translate.h"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <variant>

#include "core/names.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "interchange/onnx/constant_axes.h"
#include "interchange/onnx/ends.h"
#include "interchange/onnx/fold.h"
#include "interchange/onnx/order.h"
#include "interchange/onnx/site.h"

namespace floatsd::interchange::onnx {
namespace {

constexpr size_t kMostComputedBytes = size_t{1} << 31;

/// What nobody could make.
struct Unknown {};
using Value = std::variant<Unknown, Tensor, Activation>;

/// Nodes of one operator that lack the same.
struct Refused {
  std::string op_type, reason;
  std::vector<std::string> names;
};

class Walk {
 public:
  Walk(const Model& model, const GraphInput& input, Network& network)
      : model_(model),
        network_(network),
        batch_(input.batch),
        order_(order_nodes(model, output_name(model))),
        ends_(ends(order_, output_name(model))) {
    values_.emplace(input.name, Activation{.node = nn::kGraphInput,
                                           .axes = input.axes,
                                           .has_one_reader = readers(input.name) == 1});
    for (const auto& [name, constant] : model.constants) {
      values_.emplace(name, constant);
    }
  }

  std::vector<std::string> run() {
    for (const Node* node : order_.nodes) {
      take(*node);
    }
    refuse();
    finish();
    return std::move(remarks_);
  }

 private:
  static const std::string& output_name(const Model& model) {
    std::vector<std::string> names;
    for (const ValueInfo& output : model.outputs) {
      names.push_back(output.name);
    }
    require(names.size() == 1, std::to_string(names.size()) + " outputs (" +
                                   list_text(quoted(names)) + "), expected one row of classes");
    return model.outputs.front().name;
  }

  [[nodiscard]] int readers(const std::string& value) const {
    const auto found = order_.readers.find(value);
    return found == order_.readers.end() ? 0 : found->second;
  }

  void take(const Node& node) {
    require(!node.outputs.empty(), node.op_type + " '" + node.name + "' has no output");
    Value made = Unknown();
    try {
      made = value_of(node);
    } catch (const Unsupported& unsupported) {
      add_refused(node, std::string("expected ") + unsupported.what());
    } catch (const Error& error) {
      add_refused(node, error.what());
    }
    if (auto* activation = std::get_if<Activation>(&made)) {
      activation->has_one_reader = activation->has_one_reader && readers(node.outputs.front()) <= 1;
    }
    values_[node.outputs.front()] = std::move(made);
    for (size_t i = 1; i < node.outputs.size(); ++i) {
      if (readers(node.outputs[i]) > 0) {
        add_refused(node, "expected its first output alone to be read");
        values_[node.outputs[i]] = Unknown();
      }
    }
  }

  /// Unknown behind what is unknown.
  Value value_of(const Node& node) {
    Site site{.node = node,
              .opset = model_.opset,
              .batch = batch_,
              .network = network_,
              .activations = {},
              .constants = {}};
    bool is_any_unknown = false;
    bool is_any_activation = false;
    for (const std::string& name : node.inputs) {
      const auto found = values_.find(name);
      const Value* value = name.empty() || found == values_.end() ? nullptr : &found->second;
      is_any_unknown =
          is_any_unknown || (value != nullptr && std::holds_alternative<Unknown>(*value));
      site.activations.push_back(value == nullptr ? nullptr : std::get_if<Activation>(value));
      site.constants.push_back(value == nullptr ? nullptr : std::get_if<Tensor>(value));
      is_any_activation = is_any_activation || site.activations.back() != nullptr;
    }
    if (is_any_unknown) {
      check_is_known(node);
      return Unknown();
    }
    require_own(node);
    if (node.op_type == "Shape" && is_any_activation) {
      return shape_of(node, *site.activations.front());
    }
    if (!is_any_activation) {
      if (auto folded = fold(node, site.constants, model_.opset)) {
        computed_ += folded->owner ? folded->bytes.size() : 0;
        require(computed_ <= kMostComputedBytes, "constants of more than 2 GiB are computed");
        return *std::move(folded);
      }
    }
    if (is_class(site) && renames_values(node.op_type)) {
      return *site.activations.front();
    }
    return finished(site, find_translation(node, place_of(node))(site));
  }

  /// Whether the node reads the number of the largest output, whose shape nobody needs.
  static bool is_class(const Site& site) {
    return !site.activations.empty() && site.activations.front() != nullptr &&
           site.activations.front()->dropped == "ArgMax";
  }

  [[nodiscard]] Place place_of(const Node& node) const {
    return ends_.contains(node.outputs.front()) ? Place::kAtEnd : Place::kInside;
  }

  /// Throws Unsupported if nothing is known of the operator.
  void check_is_known(const Node& node) const {
    if (!is_folded(node.op_type)) {
      find_translation(node, place_of(node));
    }
  }

  /// The batch counts as 1.
  Tensor shape_of(const Node& node, const Activation& x) const {
    std::vector<int64_t> shape = {1};
    for (const int64_t size : sizes_of(x.axes, network_.shape(x))) {
      shape.push_back(size);
    }
    return shape_part(node, shape);
  }

  Activation finished(const Site& site, Activation made) {
    if (made.dropped == site.node.op_type) {
      remarks_.push_back(made.dropped + " '" + label(site.node) +
                         "' at the end was left out: the largest output stays the largest");
    }
    return made;
  }

  void add_refused(const Node& node, const std::string& reason) {
    for (Refused& refused : refused_) {
      if (refused.op_type == node.op_type && refused.reason == reason) {
        refused.names.push_back(label(node));
        return;
      }
    }
    refused_.push_back({node.op_type, reason, {label(node)}});
  }

  void refuse() const {
    size_t count = 0;
    std::string text;
    for (const Refused& refused : refused_) {
      count += refused.names.size();
      std::string names;
      for (const std::string& name : refused.names) {
        names += (names.empty() ? " '" : ", '") + name + "'";
      }
      text += (text.empty() ? "" : "; ") + refused.op_type + names + ": " + refused.reason;
    }
    require(count == 0, std::to_string(count) + (count == 1 ? " node has" : " nodes have") +
                            " no form in floatsd: " + text);
  }

  /// Makes the output a row of features, and the last node.
  void finish() {
    const auto found = values_.find(output_name(model_));
    const auto* output = found == values_.end() ? nullptr : std::get_if<Activation>(&found->second);
    require(output != nullptr, "output '" + output_name(model_) + "' does not depend on the input");
    Activation x = *output;
    const JoinedAxes all = joined(x.axes);
    for (const JoinedAxes& axes : x.axes) {
      if (!axes.empty()) {
        require(axes == all,
                "output '" + output_name(model_) + "' is no row of classes, but has several axes");
      }
    }
    x.axes = {all};
    named("output '" + output_name(model_) + "'", [&] { network_.flatten(x, ""); });
    network_.keep_what_makes(x.node);  // others gave a shape alone
  }

  const Model& model_;
  Network& network_;
  int64_t batch_;
  Order order_;
  std::set<std::string, std::less<>> ends_;  // values
  std::map<std::string, Value, std::less<>> values_;
  size_t computed_ = 0;  // bytes of constants
  std::vector<Refused> refused_;
  std::vector<std::string> remarks_;
};

}  // namespace

std::vector<std::string> translate(const Model& model, const GraphInput& input, Network& network) {
  return Walk(model, input, network).run();
}

}  // namespace floatsd::interchange::onnx
