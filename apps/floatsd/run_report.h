#pragma once
// Run report: what a report says of a run's folder, and the report that a run leaves in it.

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

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

/// The run in that folder, finished or not. Its networks are run on the test images and compared.
/// Throws Error if that is no run's folder, or a file in it is damaged.
report::RunReport read_run(const RunFolder& folder, const ReportOptions& options);

/// What a run has in hand when it ends.
struct EndOfRun {
  RunRecord record;
  std::vector<nlohmann::ordered_json> metrics;  ///< an object an epoch; none of calibrate
};

/// Writes report.html. Whatever fails is a warning: the run is done. `network` without test images
/// if nothing was to be evaluated.
void leave_report(const RunFolder& folder, const workflow::ReportedNetwork& network,
                  const EndOfRun& end);

}  // namespace floatsd::app
