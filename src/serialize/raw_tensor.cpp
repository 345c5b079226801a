#include "serialize/raw_tensor.h"

#include <ATen/ATen.h>

#include <cstring>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd::serialize {

at::Tensor raw_tensor(at::ScalarType type, at::IntArrayRef shape, std::string_view bytes) {
  auto size = static_cast<int64_t>(c10::elementSize(type));
  bool fits = true;
  for (const int64_t extent : shape) {
    fits = fits && extent >= 0 && !__builtin_mul_overflow(size, extent, &size);
  }
  if (!fits || static_cast<uint64_t>(size) != bytes.size()) {
    throw Error(std::to_string(bytes.size()) + " bytes, expected " +
                (fits ? std::to_string(size) : "another number") + " for its shape");
  }
  const at::Tensor tensor = at::empty(shape, type);
  if (!bytes.empty()) {
    std::memcpy(tensor.mutable_data_ptr(), bytes.data(), bytes.size());
  }
  return tensor;
}

}  // namespace floatsd::serialize
