#pragma once
// Reports: a comparison as files that continuous integration shows.

#include <string>
#include <string_view>

#include "check/compare.h"

namespace floatsd::check {

/// JUnit's XML as Jenkins and GitLab read it: a test case a row, one that fell as a failure.
/// `network` is the suite's name.
std::string junit(const Comparison& comparison, const std::string& network);

/// A heading, and a table of the rows that moved.
std::string markdown(const Comparison& comparison, const std::string& network);

/// Whether a file's text is one of the two.
bool is_report(std::string_view text);

/// "12 of 14 measures as in the baseline, 1 better, 1 fell"; "14 measures, not compared with a
/// baseline".
std::string summary(const Comparison& comparison);

}  // namespace floatsd::check
