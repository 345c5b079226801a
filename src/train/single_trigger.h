#pragma once
// SingleTrigger: the FloatSD trainer. Weights are digit groups (core/digit_groups.h), each moved by
// one state of one group a step; the network computes with their first groups only.

#include <ATen/core/Tensor.h>

#include <vector>

#include "floatsd/core/digit_groups.h"
#include "floatsd/train/optimizer.h"
#include "floatsd/train/update_options.h"
#include "train/sgd.h"

namespace floatsd::train {

class SingleTrigger : public Optimizer {
 public:
  /// Parameters of 2 or more dimensions become digit groups; the others (biases, norms) stay floats
  /// that Sgd moves. Shares the parameters' memory and writes the first groups' values there.
  /// Draws from torch's default generator.
  SingleTrigger(const std::vector<at::Tensor>& parameters, SgdOptions sgd, const DigitForm& digits,
                SingleTriggerOptions options);

  /// For each weight, with w the value of all its groups:
  ///
  ///     g = FP8 1-5-2 of the gradient + weight_decay w
  ///     v = momentum v + g
  ///     single_trigger_update by -rate (g + momentum v), or -rate v with plain momentum
  void step(double rate) override;

  /// The packed groups as int32, offsets, velocities; Sgd's of the other parameters.
  [[nodiscard]] serialize::Value state() const override;
  void load_state(const serialize::Field& state) override;

 private:
  struct Weights {
    at::Tensor parameter;  ///< the values of the computing groups
    at::Tensor groups;     ///< pack_groups, int32
    at::Tensor values;     ///< of all groups; exact in float32
    at::Tensor velocity;
    int offset = 0;
  };
  void draw(Weights& weights) const;
  void take(Weights& weights) const;
  void step(Weights& weights, double rate) const;
  void write_values(Weights& weights) const;
  /// Throws Error, with the field's place, if it is no state of those weights.
  void check_state(const Weights& weights, const serialize::Field& saved) const;

  SgdOptions options_;
  const DigitForm& form_;
  SingleTriggerOptions single_;
  std::vector<Weights> weights_;
  Sgd others_;
};

}  // namespace floatsd::train
