#include "train/named_tensors.h"

#include <algorithm>
#include <string_view>

namespace floatsd::train {
namespace {

using serialize::Dict;
using serialize::List;
using serialize::Tuple;
using serialize::Value;

constexpr std::string_view kPacked = "_packed_params";

bool is_tensor(const Value& value) {
  return value.get_if<at::Tensor>() != nullptr ||
         value.get_if<serialize::QuantizedTensor>() != nullptr;
}

class Collector {
 public:
  explicit Collector(Slash slash) : slash_(slash) {}

  std::vector<NamedTensor> collect(const Value& value) {
    visit(value, "", "");
    return std::move(tensors_);
  }

 private:
  static std::string joined(const std::string& path, const std::string& name) {
    return path.empty() || name.empty() ? path + name : path + "." + name;
  }

  void visit(const Value& value, const std::string& dict, const std::string& name) {
    if (is_tensor(value)) {
      tensors_.push_back({dict, name, &value});
    } else if (const auto* entries = value.get_if<Dict>()) {
      visit(*entries, joined(dict, name));
    } else if (const auto* list = value.get_if<List>()) {
      visit(list->items, joined(dict, name));
    } else if (const auto* tuple = value.get_if<Tuple>()) {
      visit(tuple->items, joined(dict, name));
    }
  }

  void visit(const Dict& dict, const std::string& path) {
    for (const auto& [key, value] : dict.entries) {
      const std::string name = with_dots(key, slash_);
      const auto* packed = value.get_if<Tuple>();
      if (packed != nullptr && packed->items.size() == 2 && name.ends_with(kPacked) &&
          is_tensor(packed->items[0])) {
        add_packed(*packed, path, without_packed(name));
      } else {
        visit(value, path, is_tensor(value) ? packed_part(name) : name);
      }
    }
  }

  void visit(const std::vector<Value>& items, const std::string& path) {
    for (size_t i = 0; i < items.size(); ++i) {
      visit(items[i], path, std::to_string(i));
    }
  }

  /// (weight, bias or None).
  void add_packed(const Tuple& packed, const std::string& path, const std::string& layer) {
    tensors_.push_back({path, joined(layer, "weight"), &packed.items[0]});
    if (is_tensor(packed.items[1])) {
      tensors_.push_back({path, joined(layer, "bias"), &packed.items[1]});
    }
  }

  /// "fc1" of "fc1._packed_params._packed_params".
  static std::string without_packed(std::string name) {
    while (name.ends_with(kPacked)) {
      name.resize(name.size() - kPacked.size());
      if (name.ends_with('.')) {
        name.pop_back();
      }
    }
    return name;
  }

  /// "fc1.weight" of "fc1._packed_params.weight", as PyTorch 1.3 had it.
  static std::string packed_part(std::string name) {
    for (const std::string_view part : {"._packed_params.weight", "._packed_params.bias"}) {
      if (name.ends_with(part)) {
        return name.erase(name.size() - part.size(), kPacked.size() + 1);
      }
    }
    return name;
  }

  Slash slash_;
  std::vector<NamedTensor> tensors_;
};

}  // namespace

std::string with_dots(std::string name, Slash slash) {
  if (slash == Slash::kDot) {
    std::replace(name.begin(), name.end(), '/', '.');
  }
  return name;
}

std::vector<NamedTensor> named_tensors(const Value& file, Slash slash) {
  return Collector(slash).collect(file);
}

std::vector<std::string> unread_values(const Value& file) {
  std::vector<std::string> found;
  if (const auto* dict = file.get_if<Dict>()) {
    for (const auto& [key, value] : dict->entries) {
      if (const auto* opaque = value.get_if<serialize::Opaque>()) {
        found.push_back(std::string(key).append(": ").append(opaque->name));
      }
      for (const std::string& inner : unread_values(value)) {
        found.push_back(std::string(key).append(".").append(inner));
      }
    }
  }
  return found;
}

const std::string* whole_network_in(const Value& file) {
  const auto* opaque = file.get_if<serialize::Opaque>();
  if (opaque != nullptr && opaque->is_module) {
    return &opaque->name;
  }
  if (const auto* dict = file.get_if<Dict>()) {
    for (const auto& [key, value] : dict->entries) {
      if (const std::string* found = whole_network_in(value)) {
        return found;
      }
    }
  }
  if (const auto* list = file.get_if<List>()) {
    for (const Value& value : list->items) {
      if (const std::string* found = whole_network_in(value)) {
        return found;
      }
    }
  }
  return nullptr;
}

}  // namespace floatsd::train
