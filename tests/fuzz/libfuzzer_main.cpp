// The entry of libFuzzer.

#include <cstddef>
#include <cstdint>

#include "reads.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  fuzz::reads({reinterpret_cast<const char*>(data), size});
  return 0;
}
