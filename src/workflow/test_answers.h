#pragma once
// Test answers: what a network says to each test image, for reports.

#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/report/run_report.h"
#include "floatsd/runtime/interpreter.h"

namespace floatsd::workflow {

/// Of the integer network, by `threads` threads. Throws Error if the images do not fit it.
report::Answers integer_answers(const runtime::Interpreter& integer, const data::Dataset& images,
                                int threads, const OnProgress& on_progress = {});

/// Of the float network. Throws Error if the images do not fit it, Diverged if an answer is not
/// finite.
report::Answers float_answers(nn::Graph& graph, const data::Dataset& images,
                              const OnProgress& on_progress = {});

}  // namespace floatsd::workflow
