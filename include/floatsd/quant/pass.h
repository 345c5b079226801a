#pragma once
// Pass: how a network runs. It is an argument of each forward pass, and the name of what a step of
// a training does.

namespace floatsd::quant {

/// From kTrainFloat on in the order in which a training goes through them.
enum class Pass {
  kFloat,            ///< reals, as if the quantizers' slots were empty; batch norm by the running
                     ///< statistics: how a float network is evaluated
  kTrainFloat,       ///< reals; batch norm by the batch's statistics, which the running ones follow
  kObserve,          ///< kTrainFloat, and ranges follow
  kQuantize,         ///< codes, each batch by the ranges that it has moved; the batch's statistics
  kBatchNormFrozen,  ///< codes, and ranges follow; batch norm by the running statistics
  kInteger,          ///< codes by ranges and statistics as they stand: the integer network
};

constexpr bool observes(Pass pass) { return pass >= Pass::kObserve && pass < Pass::kInteger; }
constexpr bool quantizes(Pass pass) { return pass >= Pass::kQuantize; }
constexpr bool uses_batch_statistics(Pass pass) {
  return pass >= Pass::kTrainFloat && pass <= Pass::kQuantize;
}

}  // namespace floatsd::quant
