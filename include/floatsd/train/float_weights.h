#pragma once
// Float weights: a network's parameters from a file that anybody wrote, under whatever names.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "floatsd/nn/graph.h"
#include "floatsd/serialize/value.h"
#include "floatsd/train/network_spec.h"

namespace floatsd::train {

/// What was taken from a file.
struct WeightsOrigin {
  bool is_checkpoint = false;         ///< of ours: nothing had to be found
  std::string dict;                   ///< in which they lie: "model_state_dict"; empty: the top
  std::string prefix;                 ///< before every name in it: "_orig_mod."
  std::vector<std::string> others;    ///< where else the file has a whole set: what `from` may say
  std::vector<std::string> left_out;  ///< parameters beside them of layers that the network has not
  bool was_quantized = false;         ///< weights were codes and scales
  bool has_folded_norms = false;      ///< batch norms were in the weights and begin as identities
};

/// A file of float weights, read once: a checkpoint of ours, or named tensors in one of the formats
/// of docs/importing.md, in any dict of it and behind any common prefix; names are ours,
/// those of the architecture's nodes, or those of models::published_name. Quantized tensors give
/// their real values, and INT32 biases are scaled by what their layer reads.
class WeightFile {
 public:
  /// Throws Error if the file cannot be read.
  explicit WeightFile(const std::filesystem::path& path);

  /// Of a file that was read before, what it holds; `path` names the file in errors.
  WeightFile(std::filesystem::path path, serialize::Value file);

  /// How the network of a checkpoint of ours was made; none for other files.
  [[nodiscard]] const std::optional<NetworkSpec>& spec() const { return spec_; }

  /// Whether no training of ours made them: no checkpoint of ours, or one that an import made.
  [[nodiscard]] bool was_trained_elsewhere() const;

  /// A float network for load_into: a checkpoint's own architecture, for other files
  /// `architecture`.
  [[nodiscard]] nn::Graph make_graph(const nn::Architecture& architecture) const;

  /// Copies the weights into `graph`, whose ranges are left as they are. If the file holds several
  /// sets (WeightsOrigin::others), `from` names one; empty: the one that is no average, or the
  /// first. Throws Error naming the tensors that are missing or of another shape (both shapes),
  /// what the file has instead, and the networks that it would fit; or a tensor that is not finite.
  WeightsOrigin load_into(nn::Graph& graph, const std::string& from = "") const;

 private:
  std::filesystem::path path_;
  serialize::Value file_;
  std::optional<NetworkSpec> spec_;
};

/// WeightFile(path).load_into(graph, from).
WeightsOrigin load_float_weights(nn::Graph& graph, const std::filesystem::path& path,
                                 const std::string& from = "");

}  // namespace floatsd::train
