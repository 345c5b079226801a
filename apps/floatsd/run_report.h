#pragma once
// Run report: what a report says of a run's folder, and the report that a run leaves in it.

#include <cstdint>
#include <filesystem>
#include <optional>

#include "floatsd/report/run_report.h"
#include "floatsd/workflow/run_report.h"
#include "run_folder.h"
#include "run_record.h"
#include "shared_flags.h"

namespace floatsd::app {

/// How a folder is read.
struct ReportOptions {
  SharedFlags shared;
  DatasetFlags dataset;           ///< empty: what the run was trained on
  std::optional<int64_t> images;  ///< the first N test images; nothing: all
  bool skip_eval = false;
  int threads = 1;
};

/// Throws Error if that is no folder, or none with the checkpoint of a run.
void require_run(const RunFolder& folder);

/// The run in that folder, which require_run takes, finished or not. Its networks are run on the
/// test images and compared. What is damaged in metrics.jsonl, and what is of another run, is
/// remarked in the report and warned of. Throws Error if another file in it is damaged.
report::RunReport read_run(const RunFolder& folder, const ReportOptions& options);

/// What a run has in hand when it ends.
struct EndOfRun {
  RunRecord record;
  int epochs = 0;  ///< that are in metrics.jsonl; none of calibrate
};

/// Writes report.html. Whatever fails is a warning: the run is done. `network` without test images
/// if nothing was to be evaluated.
void leave_report(const RunFolder& folder, const workflow::ReportedNetwork& network,
                  const EndOfRun& end);

}  // namespace floatsd::app
