#pragma once
// Comparison: several runs side by side.

#include <string>
#include <vector>

#include "floatsd/report/run_report.h"

namespace floatsd::report {

/// What each run is called: its folder's last name if that tells them apart.
std::vector<std::string> labels_of(const std::vector<RunReport>& runs);

/// Its sections, with the ids "compared-...".
std::string comparison(const std::vector<RunReport>& runs, const std::vector<std::string>& labels);

}  // namespace floatsd::report
