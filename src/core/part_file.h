#pragma once
// Part file: where a write of a whole file begins, beside the file that it will replace.

#include <filesystem>

#include "core/descriptor.h"

namespace floatsd {

/// A new file TARGET.PROCESS-NUMBER.part that nobody else has. Its owner holds a lock on it, which
/// goes with the process however that ends; so a part file without a lock was left behind.
struct PartFile {
  std::filesystem::path name;
  Descriptor file;  ///< open for writing, with the mode of a new file; not open: errno says why
};

PartFile create_part_file(const std::filesystem::path& target);

/// Removes the part files of `target` whose owner is dead. Those that cannot be locked or removed
/// stay.
void remove_abandoned_part_files(const std::filesystem::path& target);

}  // namespace floatsd
