#pragma once
// A tensor from its bytes, as files without pickles hold them.

#include <ATen/core/Tensor.h>

#include <string_view>

namespace floatsd::serialize {

/// A tensor of its own, row-major. Throws Error if the bytes are not what the shape says.
at::Tensor raw_tensor(at::ScalarType type, at::IntArrayRef shape, std::string_view bytes);

}  // namespace floatsd::serialize
