#pragma once
// Site: a node of an ONNX graph that is translated, what it reads, and the network so far.

#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "interchange/onnx/model.h"
#include "interchange/onnx/network.h"
#include "interchange/onnx/unsupported.h"

namespace floatsd::interchange::onnx {

struct Site {
  const Node& node;
  int64_t opset;
  int64_t batch;  ///< how many images shapes in the graph count on
  Network& network;
  std::vector<const Activation*> activations;  ///< of each input; null: none
  std::vector<const Tensor*> constants;        ///< of each input; null: none

  /// The inputs of that index. All throw Unsupported if there is none of that kind; of what a
  /// dropped operator gave, too, which only renamed_activation takes.
  [[nodiscard]] Activation activation(size_t index) const;
  [[nodiscard]] Activation renamed_activation(size_t index) const;
  [[nodiscard]] const Tensor& constant(size_t index) const;
  /// Null if it is left out.
  [[nodiscard]] const Tensor* optional_constant(size_t index) const;
  [[nodiscard]] bool is_constant(size_t index) const {
    return index < constants.size() && constants[index] != nullptr;
  }

  /// What the node is called in the network: after its weights, which end in ".weight", or by its
  /// own name.
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string name_of_weight(size_t input) const;
};

/// What a node gives.
using Translate = Activation (*)(const Site& site);

enum class Place {
  kInside,
  kAtEnd,  ///< from its output to the network's, values are only renamed, or dropped
};

/// The function for a node's operator there. Throws Unsupported, with what would be needed, if
/// there is none.
Translate find_translation(const Node& node, Place place);
/// Throws Unsupported of an operator that is not of ONNX's own domain.
void require_own(const Node& node);

}  // namespace floatsd::interchange::onnx
