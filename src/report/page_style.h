#pragma once
// Page style: the CSS of a report.

#include <string>

namespace floatsd::report {

std::string page_style();

}  // namespace floatsd::report
