#pragma once
// Layer: what convolutions and linear layers have in common in C, their weights and the numbers
// that make codes of sums.

#include <string>

#include "emit/c/operator.h"
#include "emit/c/weight_order.h"

namespace floatsd::emit::c {

/// An operator with these weights but for its title and its call: the constants of its `struct
/// layer`, named ID_layer, and the shared functions that any layer has, its tap function,
/// `start_sums` and `write_codes`. `taps`: how many kernel positions lie in the image, of all sums.
OperatorC write_layer(const runtime::Weights& weights, const Requantize& requantize,
                      const WeightRows& rows, int64_t taps, const Site& site);

}  // namespace floatsd::emit::c
