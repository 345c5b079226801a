#pragma once
// Run report: gathers what a report shows of a trained network.

#include "floatsd/convert/verify.h"
#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/nn/graph.h"
#include "floatsd/report/run_report.h"
#include "floatsd/runtime/program.h"

namespace floatsd::workflow {

/// A network, and what it is tested on.
struct ReportedNetwork {
  nn::Graph& graph;
  const runtime::Program* program = nullptr;  ///< its integer network; null: it has none (yet)
  const data::Dataset* test = nullptr;        ///< null: nothing is evaluated
  const convert::Verification* verification = nullptr;  ///< null: they were not compared
  int threads = 1;
  OnProgress on_progress = {};
};

/// Fills in layers, nodes, cost, answers and comparison. What the network answers is that of the
/// integer network if there is one, else that of the float network. Codes are counted on the first
/// kReportedImages test images, what outputs lose on as many. Throws Error if network, program and
/// images do not fit together, Diverged if the float network answers with a value that is not
/// finite.
report::RunReport report_network(const ReportedNetwork& network);

inline constexpr int64_t kReportedImages = 500;

}  // namespace floatsd::workflow
