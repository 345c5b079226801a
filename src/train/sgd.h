#pragma once
// Sgd: stochastic gradient descent with momentum and weight decay.

#include <ATen/core/Tensor.h>

#include <vector>

#include "floatsd/train/optimizer.h"
#include "floatsd/train/sgd_options.h"

namespace floatsd::train {

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
