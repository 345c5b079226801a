#include "serialize/pickle_objects.h"

#include <optional>
#include <unordered_map>

#include "floatsd/core/error.h"

namespace floatsd::serialize {
namespace {

constexpr int kMaxDepth = 100;

// Shared objects are copied, so that a small pickle could ask for any number of values and bytes of
// strings. An object of its own takes a byte of the pickle at least.
constexpr size_t kMaxSharedValues = size_t{1} << 20;
constexpr size_t kMaxSharedBytes = size_t{1} << 27;

class Converter {
 public:
  explicit Converter(size_t pickle_size)
      : values_left_(pickle_size + kMaxSharedValues), bytes_left_(pickle_size + kMaxSharedBytes) {}

  Value convert(const Object& object) {
    if (++depth_ > kMaxDepth || values_left_ == 0) {
      throw Error("objects are nested in more than " + std::to_string(kMaxDepth) +
                  " levels, or refer to themselves, or are too many");
    }
    --values_left_;
    Value value = std::visit([this](const auto& data) { return this->copy(data); }, object.data);
    --depth_;
    return value;
  }

 private:
  Value copy(const Value& value) {
    if (const auto* text = value.get_if<std::string>()) {
      count_bytes(*text);
    }
    return value;
  }

  void count_bytes(const std::string& text) {
    if (text.size() > bytes_left_) {
      throw Error("refers to long strings so often that they would take more than " +
                  std::to_string(kMaxSharedBytes >> 20) + " MiB");
    }
    bytes_left_ -= text.size();
  }

  Value copy(const Sequence& sequence) {
    std::vector<Value> items;
    for (const Object* item : sequence.items) {
      items.push_back(convert(*item));
    }
    return sequence.is_tuple ? Value(Tuple{std::move(items)}) : Value(List{std::move(items)});
  }

  Value copy(const Mapping& mapping) {
    Dict dict;
    std::unordered_map<std::string, bool> seen;  // and whether the key is a string in the pickle
    for (const auto& [key, value] : mapping.entries) {
      const auto* plain = key->get_if<Value>();
      const bool is_string = plain != nullptr && plain->get_if<std::string>() != nullptr;
      const std::optional<std::string> name = plain == nullptr ? std::nullopt : key_of(*plain);
      if (!name) {
        continue;
      }
      count_bytes(*name);
      const auto [before, is_new] = seen.emplace(*name, is_string);
      if (is_new) {
        dict.entries.push_back({*name, convert(*value)});
      } else if (before->second == is_string) {
        throw Error("key '" + *name + "' occurs twice in one dict");
      }
    }
    return dict;
  }

  static Value copy(const Global& global) { return Opaque{.name = global.name}; }
  static Value copy(const Storage&) { return Opaque{.name = "torch.UntypedStorage"}; }

  static std::optional<std::string> key_of(const Value& key) {
    if (const auto* name = key.get_if<std::string>()) {
      return *name;
    }
    if (const auto* number = key.get_if<int64_t>()) {
      return std::to_string(*number);
    }
    return std::nullopt;
  }

  int depth_ = 0;
  size_t values_left_;
  size_t bytes_left_;
};

}  // namespace

Value to_value(const Object& object, size_t pickle_size) {
  return Converter(pickle_size).convert(object);
}

}  // namespace floatsd::serialize
