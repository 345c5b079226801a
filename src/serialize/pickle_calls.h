#pragma once
// What the calls in a pickle stand for: Python runs a function or a class with arguments; here the
// name of the function says what its result holds. Nothing is run.

#include <string>

#include "serialize/pickle_objects.h"

namespace floatsd::serialize {

/// The result of a call: an object that is there already, or else a new one.
struct CallResult {
  Object* existing = nullptr;
  Object made = {};
};

/// Tensors, dicts of any class that Python has for them, and what merely wraps its argument; all
/// else is Opaque. May turn a list of pairs among the arguments into the dict that it describes.
/// Throws Error on a tensor that does not fit its storage.
CallResult call(const Object& function, const Sequence& arguments);

/// An object of a class, before its state is known.
Object instance_of(const Object& python_class);

/// The state of an object, as __setstate__ or its attributes: of an Opaque it tells whether that is
/// a module. Throws Error if the object is one that has no state.
void set_state(Object& object, const Object& state);

}  // namespace floatsd::serialize
