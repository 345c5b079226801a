#pragma once
// The pickle of a torch file, read as data: an interpreter of the opcodes of protocols 2 to 5, in
// which Python's classes are names that stand for nothing but themselves.

#include <string_view>

#include "floatsd/serialize/value.h"
#include "serialize/tensor_rebuilder.h"

namespace floatsd::serialize {

/// Reads the pickle at the front of `bytes` and removes it there; `storage` gives the bytes of the
/// tensors' storages. Objects other than plain data and tensors become Opaque. Throws Error on any
/// pickle that is malformed, or whose objects are nested too deep or multiply too much.
Value take_pickle(std::string_view& bytes, const ReadStorage& storage);

/// The same of a pickle that nothing needs to follow.
Value read_pickle(std::string_view pickle, const ReadStorage& storage);

}  // namespace floatsd::serialize
