#pragma once
// What a fuzzing harness is: a file READER_fuzz.cpp that defines `reads`. libfuzzer_main.cpp makes
// a fuzzer of it (preset fuzz, scripts/fuzz), seeds_main.cpp a test that feeds it seeds/READER.

#include <stdexcept>
#include <string_view>

#include "floatsd/core/error.h"

namespace fuzz {

/// Feeds `bytes` to a reader; false if it refuses them. Any other end is a finding: an exception
/// that is not Error, a crash, a sanitizer's report, too much memory or time.
bool reads(std::string_view bytes);

/// False if `read` throws Error.
template <typename Read>
bool accepts(const Read& read) {
  try {
    read();
    return true;
  } catch (const floatsd::Error&) {
    return false;
  }
}

/// Throws what no harness expects if a property does not hold.
inline void hold(bool holds, const char* property) {
  if (!holds) {
    throw std::logic_error(property);
  }
}

}  // namespace fuzz
