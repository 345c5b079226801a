#pragma once
// Options of stochastic gradient descent.

#include <string>
#include <string_view>

namespace floatsd::train {

enum class SgdKind {
  kNesterov,  ///< Sutskever et al. 2013: the gradient as it would be a momentum step ahead
  kMomentum,  ///< the velocity alone
};

/// "nesterov" or "momentum"; throws Error, with a suggestion, on anything else.
SgdKind parse_sgd_kind(std::string_view name);
std::string to_string(SgdKind kind);

/// Which parameters decay.
enum class WeightDecayOn {
  kAll,
  kWeights,  ///< those of 2 or more dimensions: no biases, no parameters of norms
};

/// "all" or "weights"; throws Error, with a suggestion, on anything else.
WeightDecayOn parse_weight_decay_on(std::string_view name);
std::string to_string(WeightDecayOn which);

struct SgdOptions {
  SgdKind kind = SgdKind::kNesterov;
  double momentum = 0.9;
  double weight_decay = 5e-4;
  WeightDecayOn weight_decay_on = WeightDecayOn::kAll;
};

/// Throws Error naming the option whose value cannot be.
void check(const SgdOptions& options);

}  // namespace floatsd::train
