#include "c/allocations.h"

#include <atomic>
#include <cstddef>

namespace {
std::atomic<long> counted = 0;
}  // namespace

namespace allocations {
long count() { return counted; }
}  // namespace allocations

#ifdef __SANITIZE_ADDRESS__

bool allocations::are_counted() { return false; }

#else

bool allocations::are_counted() { return true; }

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): these are glibc's names.
void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
// NOLINTEND(bugprone-reserved-identifier)

void* malloc(size_t size) {
  ++counted;
  return __libc_malloc(size);
}

void* calloc(size_t count, size_t size) {
  ++counted;
  return __libc_calloc(count, size);
}

void* realloc(void* memory, size_t size) {
  ++counted;
  return __libc_realloc(memory, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  ++counted;
  return __libc_memalign(alignment, size);
}
}

#endif
