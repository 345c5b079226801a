#pragma once
// Weight average: an exponential moving average of a network, which is evaluated in its place.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"

namespace floatsd::train {

/// Follows every tensor of floats in a network: weights, running statistics, ranges. Other tensors
/// (counters) are the network's own at any time.
class WeightAverage {
 public:
  /// `network`: Graph::state(), whose memory is shared. Requires 0 < decay < 1.
  WeightAverage(const std::vector<std::pair<std::string, at::Tensor>>& network, double decay);

  /// After update n (from 0), with w the network's value:
  ///
  ///     average = d average + (1 - d) w       d = min(decay, (1 + n) / (10 + n))
  ///
  /// The first update sets the average to w, and so does every one where a value of the average is
  /// not finite (a range before its first batch). d grows, as in TensorFlow and timm, so that in a
  /// short training the average does not lag behind in its untrained beginning.
  void update();

  /// The network takes the average's values, and this object keeps the network's own; the next call
  /// puts them back. Nothing happens before the first update.
  void swap();

  /// To be saved while the network has the average's values: the network's own, sharing memory.
  [[nodiscard]] serialize::Value state() const;
  /// Takes up where state() was; the network must have the average's values that were saved with
  /// it. Throws Error naming the field that does not fit.
  void load_state(const serialize::Field& state);

 private:
  std::vector<std::pair<std::string, at::Tensor>> network_;
  std::vector<at::Tensor> other_;  ///< the average, or while that is swapped in, the network's own
  double decay_;
  int64_t updates_ = 0;
};

}  // namespace floatsd::train
