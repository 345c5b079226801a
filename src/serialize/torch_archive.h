#pragma once
// A file of torch.save in memory: the zip archive, or the old format.

#include <string_view>

#include "floatsd/serialize/value.h"
#include "serialize/file_kind.h"

namespace floatsd::serialize {

/// `kind` is file_kind's answer. Throws Error, without the path: for another kind what the file is
/// and the way out, for a whole module how to save its state dict.
Value read_torch(std::string_view file, FileKind kind);

}  // namespace floatsd::serialize
