#pragma once
// Errors of a network that name its file.

#include <string>

#include "floatsd/core/error.h"

namespace floatsd::app {

/// Does `work` with the network of the file at `path`; a Diverged that this throws names the file.
/// Other errors pass as they are: an ErrorOfRanks, which each rank has, must stay one.
template <typename Work>
auto in_file(const std::string& path, const Work& work) {
  try {
    return work();
  } catch (const Diverged& error) {
    throw Diverged(path + ": " + error.what());
  }
}

}  // namespace floatsd::app
