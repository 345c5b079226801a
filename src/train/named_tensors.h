#pragma once
// Named tensors: every tensor of a file by the path that leads to it, however its dicts are nested.

#include <string>
#include <variant>
#include <vector>

#include "floatsd/serialize/value.h"

namespace floatsd::train {

struct NamedTensor {
  std::string dict;  ///< the path of the dict that it lies in: "checkpoint.model"; empty: the top
  std::string name;  ///< in that dict: "module.conv1.weight"
  const serialize::Value* value;  ///< a tensor, or a quantized one; of the file

  /// dict and name, with dots between them.
  [[nodiscard]] std::string path() const { return dict.empty() ? name : dict + "." + name; }
};

/// What a slash in a name is: the dot of other programs, or itself, as in a checkpoint of ours.
enum class Slash { kDot, kItself };

/// The name with dots for its slashes, if those count as dots.
std::string with_dots(std::string name, Slash slash);

/// In the order of the file. Packed parameters of PyTorch's
/// quantized layers, a tuple under "fc1._packed_params._packed_params", are "fc1.weight" and
/// "fc1.bias". The tensors point into `file`.
std::vector<NamedTensor> named_tensors(const serialize::Value& file, Slash slash);

/// What stands in the file that is no plain value and no tensor that can be read, sparse and
/// complex ones included: "conv1.weight: torch._utils._rebuild_sparse_tensor".
std::vector<std::string> unread_values(const serialize::Value& file);

/// The class of the first network in the file that was saved with its code; null if there is
/// none.
const std::string* whole_network_in(const serialize::Value& file);

}  // namespace floatsd::train
