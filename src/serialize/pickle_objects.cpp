#include "pickle_objects.h"

#include <unordered_set>

#include "floatsd/core/error.h"

namespace floatsd::serialize {
namespace {

constexpr int kMaxDepth = 100;
constexpr int kMaxValues = 1 << 22;  // shared objects are copied: a small file could hold too many

class Converter {
 public:
  Value convert(const Object& object) {
    if (++depth_ > kMaxDepth || ++count_ > kMaxValues) {
      throw Error("objects are nested in more than " + std::to_string(kMaxDepth) +
                  " levels, or refer to themselves, or are too many");
    }
    Value value = std::visit([this](const auto& data) { return copy(data); }, object.data);
    --depth_;
    return value;
  }

 private:
  static Value copy(const Value& value) { return value; }

  Value copy(const Sequence& sequence) {
    std::vector<Value> items;
    for (const Object* item : sequence.items) {
      items.push_back(convert(*item));
    }
    return sequence.is_tuple ? Value(Tuple{std::move(items)}) : Value(List{std::move(items)});
  }

  Value copy(const Mapping& mapping) {
    Dict dict;
    std::unordered_set<std::string> seen;
    for (const auto& [key, value] : mapping.entries) {
      std::string name = key_of(*key);
      if (!seen.insert(name).second) {
        throw Error("key '" + name + "' occurs twice in one dict");
      }
      dict.entries.push_back({std::move(name), convert(*value)});
    }
    return dict;
  }

  static Value copy(const Global& global) {
    throw Error("holds '" + global.name + "' itself, expected plain data");
  }
  static Value copy(const Storage&) { throw Error("holds a bare storage, expected a tensor"); }

  static std::string key_of(const Object& object) {
    if (const auto* value = object.get_if<Value>()) {
      if (const auto* name = value->get_if<std::string>()) {
        return *name;
      }
      if (const auto* number = value->get_if<int64_t>()) {
        return std::to_string(*number);
      }
    }
    throw Error("a dict has a key that is neither a string nor an int");
  }

  int depth_ = 0;
  int count_ = 0;
};

}  // namespace

Value to_value(const Object& object) { return Converter().convert(object); }

}  // namespace floatsd::serialize
