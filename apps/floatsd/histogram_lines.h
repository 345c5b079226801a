#pragma once
// How often each integer is there, as lines of a report.

#include <cstdint>
#include <map>

namespace floatsd::app {

/// A line with a bar for each value if there are few; else smallest, largest and the share of zero.
void print_histogram(const std::map<int64_t, int64_t>& histogram);

}  // namespace floatsd::app
