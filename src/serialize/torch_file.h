#pragma once
// Files that Python's torch.save and torch.load exchange: a zip archive with a pickle that says
// what there is, and one record of raw bytes for each tensor.

#include <filesystem>

#include "floatsd/serialize/value.h"

namespace floatsd::serialize {

/// Writes `value` so that torch.load(path) reads it with its defaults (weights_only=True). The
/// bytes depend on the value alone, and the file appears whole or not at all (core/file.h).
///
/// Tensors are written contiguous, on the CPU, without their gradients; two that share memory
/// become two. Strings are UTF-8.
/// Throws Error naming the path: an element type other than float64, float32, float16, bfloat16,
/// int64, int32, int16, int8, uint8 and bool; quantized codes whose scales do not fit; a file that
/// cannot be written.
void save_torch_file(const std::filesystem::path& path, const Value& value);

/// Reads what torch.save wrote: its zip archive, repacked with deflate or not, or the format from
/// before version 1.6; pickle protocols 2 to 5, little endian. Nothing in the file is executed: of
/// Python's classes there are the dicts (OrderedDict, defaultdict ...; their attributes, like
/// `_metadata`, are dropped), Parameter (its tensor) and torch.Size (a tuple); every other object
/// is Opaque.
///
/// Integer keys of dicts, as in an optimizer's state, become decimal strings; entries under keys of
/// other types are dropped. Tensors are on the CPU, share memory with each other where they did in
/// Python, and keep their strides.
/// Throws Error naming the path and what was found: a file of another kind with the way out
/// (file_kind.h), a whole network with its code, a truncated file, a record that fails its
/// checksum, a tensor outside its storage.
Value load_torch_file(const std::filesystem::path& path);

}  // namespace floatsd::serialize
