#pragma once
// HTML: a report as one file to be looked at. No script, no other file, no network.

#include <string>
#include <vector>

#include "floatsd/report/run_report.h"

namespace floatsd::report {

/// One run, or several side by side with the details of each below. The bytes depend on the
/// arguments alone. Requires at least one run.
std::string to_html(const std::vector<RunReport>& runs);

}  // namespace floatsd::report
