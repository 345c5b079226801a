#include "interchange/onnx/order.h"

#include <functional>
#include <queue>
#include <set>

#include "core/refuse.h"
#include "floatsd/core/error.h"

namespace floatsd::interchange::onnx {
namespace {

using Names = std::set<std::string, std::less<>>;

/// What no node makes: inputs and constants. (Before IR version 4 constants are inputs, too.)
Names given(const Model& model) {
  Names names;
  for (const ValueInfo& input : model.inputs) {
    require(names.insert(input.name).second, "two inputs are named '" + input.name + "'");
  }
  for (const auto& [name, constant] : model.constants) {
    names.insert(name);
  }
  return names;
}

/// The index of the node that makes each value.
std::map<std::string, size_t, std::less<>> makers(const Model& model, const Names& given) {
  std::map<std::string, size_t, std::less<>> made_by;
  for (size_t i = 0; i < model.nodes.size(); ++i) {
    for (const std::string& name : model.nodes[i].outputs) {
      if (!name.empty()) {
        require(made_by.emplace(name, i).second && !given.contains(name),
                "two values are named '" + name + "'");
      }
    }
  }
  return made_by;
}

class Search {
 public:
  explicit Search(const Model& model)
      : model_(model),
        given_(given(model)),
        made_by_(makers(model, given_)),
        needs_(model.nodes.size()) {}

  Order order(const std::string& output) {
    need(output, "the graph");
    while (!open_.empty()) {
      const size_t node = open_.back();
      open_.pop_back();
      look_at(node);
    }
    return sorted();
  }

 private:
  struct Needed {
    bool is_needed = false;
    size_t unmade = 0;            ///< how many of its inputs wait for a node
    std::vector<size_t> readers;  ///< nodes, once for each time that they read it
  };

  void look_at(size_t index) {
    const Node& node = model_.nodes[index];
    for (const std::string& input : node.inputs) {
      if (input.empty()) {
        continue;
      }
      ++order_.readers[input];
      if (need(input, node.op_type + " '" + label(node) + "'")) {
        ++needs_[index].unmade;
        needs_[made_by_.find(input)->second].readers.push_back(index);
      }
    }
  }

  /// Whether a node makes that value.
  bool need(const std::string& value, const std::string& reader) {
    const auto maker = made_by_.find(value);
    if (maker == made_by_.end()) {
      require(given_.contains(value), reader + " reads '" + value + "', which nothing makes");
      return false;
    }
    if (!needs_[maker->second].is_needed) {
      needs_[maker->second].is_needed = true;
      open_.push_back(maker->second);
    }
    return true;
  }

  /// Of the nodes that can run the first one, again and again.
  Order sorted() {
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    size_t needed = 0;
    for (size_t i = 0; i < needs_.size(); ++i) {
      needed += needs_[i].is_needed ? 1 : 0;
      if (needs_[i].is_needed && needs_[i].unmade == 0) {
        ready.push(i);
      }
    }
    while (!ready.empty()) {
      const size_t next = ready.top();
      ready.pop();
      order_.nodes.push_back(&model_.nodes[next]);
      for (const size_t reader : needs_[next].readers) {
        if (--needs_[reader].unmade == 0) {
          ready.push(reader);
        }
      }
    }
    require(order_.nodes.size() == needed, "the graph has a cycle");
    return std::move(order_);
  }

  const Model& model_;
  Names given_;
  std::map<std::string, size_t, std::less<>> made_by_;
  std::vector<Needed> needs_;
  std::vector<size_t> open_;
  Order order_;
};

}  // namespace

Order order_nodes(const Model& model, const std::string& output) {
  return Search(model).order(output);
}

}  // namespace floatsd::interchange::onnx
