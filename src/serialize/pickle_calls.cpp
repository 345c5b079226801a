#include "serialize/pickle_calls.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "floatsd/core/error.h"
#include "serialize/tensor_rebuilder.h"

namespace floatsd::serialize {
namespace {

template <size_t N>
bool is_one_of(std::string_view name, const std::array<std::string_view, N>& names) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 2> kTensor = {"torch._utils._rebuild_tensor_v2",
                                                     "torch._utils._rebuild_tensor"};
constexpr std::string_view kQuantized = "torch._utils._rebuild_qtensor";
constexpr std::string_view kTyped = "torch._tensor._rebuild_from_type_v2";
/// Their first argument is what they wrap.
constexpr std::array<std::string_view, 3> kWrappers = {
    "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state", "torch.Size"};
constexpr std::array<std::string_view, 5> kDicts = {"collections.OrderedDict",
                                                    "collections.defaultdict", "builtins.dict",
                                                    "__builtin__.dict", "collections.Counter"};
/// Their first argument is the class of what they make.
constexpr std::array<std::string_view, 4> kConstructors = {
    "copyreg._reconstructor", "copy_reg._reconstructor", "copyreg.__newobj__",
    "copyreg.__newobj_ex__"};

std::string name_of(const Object& object) {
  if (const auto* global = object.get_if<Global>()) {
    return global->name;
  }
  const auto* value = object.get_if<Value>();
  const auto* opaque = value == nullptr ? nullptr : value->get_if<Opaque>();
  return opaque != nullptr ? opaque->name : "a Python object";
}

Object opaque(std::string name) { return {Value(Opaque{.name = std::move(name)})}; }

/// A tensor whose storage was not read (of a type that torch files here do not exchange).
bool is_opaque_tensor(const Sequence& arguments) {
  return !arguments.items.empty() && arguments.items[0]->get_if<Value>() != nullptr;
}

/// True if the list is one of pairs, as Python 2 pickled an OrderedDict; it is a dict then.
bool become_dict(Object& object) {
  const auto* pairs = object.get_if<Sequence>();
  if (pairs == nullptr) {
    return object.get_if<Mapping>() != nullptr;
  }
  Mapping mapping;
  for (const Object* item : pairs->items) {
    const auto* pair = item->get_if<Sequence>();
    if (pair == nullptr || pair->items.size() != 2) {
      object = opaque("a list");  // so that it is not looked through again
      return false;
    }
    mapping.entries.emplace_back(pair->items[0], pair->items[1]);
  }
  object.data = std::move(mapping);
  return true;
}

/// Null if the function makes no tensor.
std::optional<Object> tensor_of(const std::string& function, const Sequence& arguments) {
  if (is_one_of(function, kTensor)) {
    return is_opaque_tensor(arguments) ? opaque("a tensor of " + name_of(*arguments.items[0]))
                                       : Object{Value(TensorRebuilder::rebuild_tensor(arguments))};
  }
  if (function == kQuantized) {
    return is_opaque_tensor(arguments) ? opaque("a tensor of " + name_of(*arguments.items[0]))
                                       : Object{TensorRebuilder::rebuild_quantized(arguments)};
  }
  return std::nullopt;
}

/// True if an object's attributes are a torch.nn.Module's.
bool is_module_state(const Object& state) {
  constexpr size_t kFirst = 32;  // Module's own attributes come first
  const auto* mapping = state.get_if<Mapping>();
  if (mapping == nullptr) {
    return false;
  }
  for (size_t i = 0; i < std::min(kFirst, mapping->entries.size()); ++i) {
    const auto* key = mapping->entries[i].first->get_if<Value>();
    const auto* name = key == nullptr ? nullptr : key->get_if<std::string>();
    if (name != nullptr && *name == "_modules") {
      return true;
    }
  }
  return false;
}

}  // namespace

CallResult call(const Object& function, const Sequence& arguments) {
  const std::string name = name_of(function);
  if (std::optional<Object> tensor = tensor_of(name, arguments)) {
    return {.made = std::move(*tensor)};
  }
  const auto& items = arguments.items;
  if (name == kTyped && items.size() >= 3) {  // (function, type, arguments, state)
    const auto* inner = items[2]->get_if<Sequence>();
    if (std::optional<Object> tensor =
            inner == nullptr ? std::nullopt : tensor_of(name_of(*items[0]), *inner)) {
      return {.made = std::move(*tensor)};
    }
  }
  if (!items.empty() && is_one_of(name, kWrappers)) {
    return {.existing = items[0]};
  }
  if (is_one_of(name, kDicts)) {
    Object* const last = items.empty() ? nullptr : items.back();
    if (last != nullptr && become_dict(*last)) {  // which may be the arguments themselves
      return {.existing = last};
    }
    return {.made = {Mapping{}}};
  }
  return {.made =
              instance_of(!items.empty() && is_one_of(name, kConstructors) ? *items[0] : function)};
}

Object instance_of(const Object& python_class) { return opaque(name_of(python_class)); }

void set_state(Object& object, const Object& state) {
  if (object.get_if<Mapping>() != nullptr || object.get_if<Sequence>() != nullptr) {
    return;  // its attributes, like `_metadata` of a module's state
  }
  auto* value = std::get_if<Value>(&object.data);
  if (value == nullptr || value->is_none()) {
    throw Error("pickle gives attributes to an object that has none");
  }
  if (const auto* before = value->get_if<Opaque>()) {
    *value = Opaque{.name = before->name, .is_module = is_module_state(state)};
  }
}

}  // namespace floatsd::serialize
