#pragma once
// Sgd: stochastic gradient descent with momentum and weight decay.

#include <ATen/core/Tensor.h>

#include <string>
#include <string_view>
#include <vector>

#include "floatsd/train/optimizer.h"

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

class Sgd : public Optimizer {
 public:
  /// Shares the parameters' memory.
  Sgd(const std::vector<at::Tensor>& parameters, SgdOptions options);

  /// Moves each parameter w by its gradient, and leaves none behind; as PyTorch's SGD:
  ///
  ///     g  = gradient + weight_decay w       the second term where w decays
  ///     v  = momentum v + g                  v is 0 at first
  ///     w -= rate (g + momentum v)           kNesterov
  ///     w -= rate v                          kMomentum
  ///
  /// A parameter that has no gradient (a bias that batch statistics take off again, a scale before
  /// anything is quantized by it) stands, as there.
  void step(double rate) override;

  /// v of each parameter, sharing its memory.
  [[nodiscard]] serialize::Value state() const override;
  /// Throws Error naming the tensor that is missing, left over or of another shape.
  void load_state(const serialize::Field& state) override;

 private:
  /// Parameters with one weight decay.
  struct Group {
    std::vector<at::Tensor> parameters, velocities;
    double weight_decay = 0;
  };
  void step(Group& group, double rate) const;

  SgdOptions options_;
  std::vector<at::Tensor> velocities_;  ///< in the order of the parameters
  Group decaying_, others_;
};

}  // namespace floatsd::train
