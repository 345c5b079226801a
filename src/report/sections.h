#pragma once
// Sections: the parts of a report on one run. Each is a section of the page, or empty if nothing is
// known that it could show.

#include <string>
#include <vector>

#include "floatsd/report/run_report.h"
#include "report/line_chart.h"

namespace floatsd::report {

/// `id` begins the ids of the run's sections, so that several runs stand on one page.
std::string summary_section(const RunReport& run, const std::string& id);
std::string training_section(const RunReport& run, const std::string& id);
std::string layers_section(const RunReport& run, const std::string& id);
std::string answers_section(const RunReport& run, const std::string& id);
std::string cost_section(const RunReport& run, const std::string& id);
std::string graph_section(const RunReport& run, const std::string& id);
std::string origin_section(const RunReport& run, const std::string& id);

/// What is not as a reader expects: a run that is not finished ...
std::string remarks(const RunReport& run);

/// One line on what was run: network, images, formats.
std::string kind_of(const RunReport& run);

/// A run's numbers over its epochs.
enum class Curve { kLoss, kAccuracy, kLearningRate };
Series curve(const RunReport& run, Curve which, const std::string& name);

}  // namespace floatsd::report
