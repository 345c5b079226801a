#pragma once
// What torch.save wrote before version 1.6, and writes without its zip format: pickles one after
// the other (a magic number, a version, the machine, the value, the storages' keys), then the
// storages.

#include <string_view>

namespace floatsd::serialize {

class Value;

/// By the pickled number that it begins with.
bool is_legacy_torch(std::string_view file);

/// Throws Error if the file is damaged, cut off, or of a big-endian machine.
Value read_legacy_torch(std::string_view file);

}  // namespace floatsd::serialize
