#pragma once
// Evaluate integer: the accuracy of an integer network, several times as fast as its graph's.

#include "floatsd/data/dataset.h"
#include "floatsd/runtime/interpreter.h"
#include "floatsd/train/evaluate.h"

namespace floatsd::app {

/// On the whole data set, by `threads` >= 1 threads. Throws Error where the images are not of the
/// program's input shape.
train::Accuracy evaluate_integer(const runtime::Interpreter& integer, const data::Dataset& dataset,
                                 int threads);

}  // namespace floatsd::app
