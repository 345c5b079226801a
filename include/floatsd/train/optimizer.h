#pragma once
// Optimizer: what moves a network's parameters by their gradients. Sgd moves floats (train/sgd.h),
// SingleTrigger weights that are digit groups (train/single_trigger.h), MasterCopy floats of which
// the network computes with a rounded copy (train/master_copy.h).

#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"

namespace floatsd::train {

class Optimizer {
 public:
  Optimizer() = default;
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  /// What the loss of the next step is to be multiplied by before its gradients are taken; step
  /// divides them by it.
  [[nodiscard]] virtual double loss_scale() const { return 1; }

  /// Moves each parameter by its gradient, and leaves none behind. Throws Diverged if gradients
  /// that are not finite leave nothing to go on with.
  virtual void step(double rate) = 0;

  /// What resuming needs beside the parameters, sharing memory.
  [[nodiscard]] virtual serialize::Value state() const = 0;
  /// Takes up where state() was. Throws Error naming the field that does not fit.
  virtual void load_state(const serialize::Field& state) = 0;
};

}  // namespace floatsd::train
