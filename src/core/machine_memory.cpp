#include "core/machine_memory.h"

#include <unistd.h>

namespace floatsd {

int64_t machine_memory() {
  const int64_t pages = ::sysconf(_SC_PHYS_PAGES);
  const int64_t page = ::sysconf(_SC_PAGESIZE);
  constexpr int64_t kUnknown = int64_t{1} << 36;
  return pages > 0 && page > 0 ? pages * page : kUnknown;
}

}  // namespace floatsd
