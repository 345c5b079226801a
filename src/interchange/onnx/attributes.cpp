#include "interchange/onnx/attributes.h"

#include "core/refuse.h"

namespace floatsd::interchange::onnx {
namespace {

template <typename T>
const T& value_of(const Attribute& attribute, const std::optional<T>& value, const char* expected) {
  require(value.has_value(), "attribute " + attribute.name + ", expected " + expected);
  return *value;
}

}  // namespace

const Attribute* find_attribute(const Node& node, const std::string& name) {
  const Attribute* found = nullptr;
  for (const Attribute& attribute : node.attributes) {
    if (attribute.name == name) {
      require(found == nullptr, "attribute " + name + " is there twice");
      found = &attribute;
    }
  }
  return found;
}

int64_t integer_of(const Node& node, const std::string& name, int64_t missing) {
  const Attribute* found = find_attribute(node, name);
  return found == nullptr ? missing : value_of(*found, found->integer, "an integer");
}

float real_of(const Node& node, const std::string& name, float missing) {
  const Attribute* found = find_attribute(node, name);
  return found == nullptr ? missing : value_of(*found, found->real, "a number");
}

std::string text_of(const Node& node, const std::string& name, const std::string& missing) {
  const Attribute* found = find_attribute(node, name);
  return found == nullptr ? missing : value_of(*found, found->text, "a text");
}

const std::vector<int64_t>& integers_of(const Node& node, const std::string& name) {
  static const std::vector<int64_t> kNone;
  const Attribute* found = find_attribute(node, name);
  return found == nullptr ? kNone : found->integers;
}

}  // namespace floatsd::interchange::onnx
