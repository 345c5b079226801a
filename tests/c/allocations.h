#pragma once
// How often this program has asked for memory. glibc's malloc, which the C++ library's new calls,
// is wrapped in allocations.cpp.

namespace allocations {

/// False under the address sanitizer, which has a malloc of its own.
bool are_counted();

/// Since the program began, on all threads.
long count();

}  // namespace allocations
