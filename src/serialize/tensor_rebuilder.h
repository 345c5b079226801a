#pragma once
// Python's rebuild functions of tensors: what a pickle "calls" to say storage, shape and strides.

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "serialize/pickle_objects.h"

namespace floatsd::serialize {

/// The bytes of the storage of that key ("0", "1" ...), which should be so many. Throws Error.
using ReadStorage = std::function<std::string_view(const std::string& key, uint64_t size)>;

/// Each function takes the tuple of arguments that Python's takes, and throws Error if one is
/// missing, of another type, or leads outside the storage.
class TensorRebuilder {
 public:
  explicit TensorRebuilder(ReadStorage read) : read_(std::move(read)) {}

  /// ("storage", storage class, key, device, number of elements). The device is ignored. A Storage;
  /// Opaque where its elements are of a type that torch files here do not exchange.
  Object load_storage(const Sequence& id);

  /// torch._utils._rebuild_tensor_v2: (storage, offset, size, stride, ...).
  static at::Tensor rebuild_tensor(const Sequence& arguments);

  /// torch._utils._rebuild_qtensor: (storage, offset, size, stride, (scheme, ...), ...). Opaque
  /// where the scheme is neither per_tensor_affine nor per_channel_affine.
  static Value rebuild_quantized(const Sequence& arguments);

 private:
  ReadStorage read_;
  std::unordered_map<std::string, Storage> loaded_;
};

}  // namespace floatsd::serialize
