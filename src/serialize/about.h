#pragma once
// Errors from inside a file, with its path before them.

#include <c10/util/Exception.h>

#include <filesystem>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd::serialize {

/// Runs `work`, and puts the path before what went wrong.
template <typename Work>
auto about(const std::filesystem::path& path, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  } catch (const c10::Error& error) {  // its own text has a stack trace: the first line is enough
    const std::string text = error.what_without_backtrace();
    throw Error(path.string() + ": " + text.substr(0, text.find('\n')));
  }
}

}  // namespace floatsd::serialize
