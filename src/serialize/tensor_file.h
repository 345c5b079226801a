#pragma once
// Tensor files: named tensors from whatever container they come in.

#include <filesystem>

#include "floatsd/serialize/value.h"
#include "serialize/wanted_file.h"

namespace floatsd::serialize {

/// What the file holds: torch.save's formats, the old one included (torch_file.h), safetensors, or
/// NumPy's .npz. The latter two give a dict of tensors; elements of other types are Opaque.
/// Throws Error naming the path, and for any other kind of file what it is and the way out.
Value load_tensor_file(const std::filesystem::path& path);

/// The same of a file that was read before; `path` names the file in errors.
Value parse_tensor_file(const WantedFile& file, const std::filesystem::path& path);

}  // namespace floatsd::serialize
