#pragma once
// The most memory that this process has had.

#include <sys/resource.h>

namespace floatsd::app {

/// Resident, in MiB.
inline double peak_memory_mb() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024.0;  // kilobytes on Linux
}

}  // namespace floatsd::app
