#pragma once
// The pickle of a torch file, read as data: an interpreter of those opcodes of protocol 2 that
// torch.save writes, in which Python's classes are names that stand for nothing but themselves.

#include <functional>
#include <string>
#include <string_view>

#include "floatsd/serialize/value.h"

namespace floatsd::serialize {

/// `storage` gives the bytes of the tensor storage of that key ("0", "1" ...), or throws Error.
/// Throws Error on any pickle that is malformed or needs more than load_torch_file promises.
Value read_pickle(std::string_view pickle,
                  const std::function<std::string_view(const std::string& key)>& storage);

}  // namespace floatsd::serialize
