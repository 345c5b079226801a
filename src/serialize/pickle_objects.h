#pragma once
// The objects on the stack of the pickle reader. They refer to each other, as Python's do: a list
// is pushed empty and filled later, and one object may stand in several places.

#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "floatsd/serialize/value.h"

namespace floatsd::serialize {

struct Object;

struct Sequence {
  bool is_tuple = false;
  std::vector<Object*> items;
};

struct Mapping {
  std::vector<std::pair<Object*, Object*>> entries;
};

/// A class or function of Python: its full name, "torch.FloatStorage".
struct Global {
  std::string name;
};

/// The elements that tensors look into.
struct Storage {
  at::Tensor elements;       ///< one axis
  at::ScalarType type = {};  ///< as the file names it; of a quantized type the elements are codes
};

/// A Value here is never a list, tuple or dict.
struct Object {
  std::variant<Value, Sequence, Mapping, Global, Storage> data;

  template <typename T>
  [[nodiscard]] const T* get_if() const {
    return std::get_if<T>(&data);
  }
};

/// Copies an object with all that it refers to; a class or a storage by itself becomes Opaque, and
/// dict entries whose key is neither a string nor an integer are left out. `pickle_size` bounds
/// what shared objects may multiply to. Throws Error beyond it, and on an object inside itself.
Value to_value(const Object& object, size_t pickle_size);

}  // namespace floatsd::serialize
