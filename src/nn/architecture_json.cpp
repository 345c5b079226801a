#include "floatsd/nn/architecture_json.h"

#include <map>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/file.h"
#include "core/json.h"
#include "core/names.h"
#include "core/refuse.h"
#include "core/shortest_decimal.h"
#include "core/utf8.h"
#include "core/window_json.h"
#include "nn/operator_attributes.h"

namespace floatsd::nn {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kInput = "input";
constexpr size_t kLargestFile = size_t{1} << 24;

/// Every operator, with its defaults.
std::vector<Operator> all_operators() {
  return []<size_t... kIndex>(std::index_sequence<kIndex...>) {
    return std::vector<Operator>{std::variant_alternative_t<kIndex, Operator>{}...};
  }(std::make_index_sequence<std::variant_size_v<Operator>>());
}

/// An object of which every key is taken once.
class Object {
 public:
  Object(const json& value, std::string where) : where_(std::move(where)) {
    if (!value.is_object()) {
      throw Error(where_ + ": " + shortened(value) + ", expected an object");
    }
    for (const auto& [key, entry] : value.items()) {
      left_.emplace(key, &entry);
    }
  }

  /// Null if there is none.
  const json* find(const std::string& key) {
    known_.push_back(key);
    const auto found = left_.find(key);
    if (found == left_.end()) {
      return nullptr;
    }
    const json* entry = found->second;
    left_.erase(found);
    return entry;
  }

  const json& take(const std::string& key) {
    const json* entry = find(key);
    if (entry == nullptr) {
      for (const auto& [other, unused] : left_) {
        require(nearest_name(other, {&key, 1}).empty(),
                where_ + ": '" + other + "' is unknown: did you mean '" + key + "'?");
      }
      throw Error(where_ + ": '" + key + "' is missing");
    }
    return *entry;
  }

  std::string take_string(const std::string& key) { return string(key, take(key)); }

  std::string string(const std::string& key, const json& value) const {
    return of_type<std::string>(key, value, value.is_string(), "a string");
  }
  const json& array(const std::string& key, const json& value) const {
    of_type<json>(key, value, value.is_array(), "a list");
    return value;
  }
  float number(const std::string& key, const json& value) const {
    return static_cast<float>(of_type<double>(key, value, value.is_number(), "a number"));
  }
  bool boolean(const std::string& key, const json& value) const {
    return of_type<bool>(key, value, value.is_boolean(), "true or false");
  }
  template <typename T>
  T integer(const std::string& key, const json& value) const {
    return read(key, [&] { return to_integer<T>(value); });
  }
  /// What `compute` makes of the key's value; what it refuses is refused under the key.
  template <typename Compute>
  auto read(const std::string& key, const Compute& compute) const {
    try {
      return compute();
    } catch (const Error& error) {
      throw Error(where_ + ": " + key + " " + error.what());
    }
  }

  /// What `compute` makes; what it refuses says the key itself.
  template <typename Compute>
  auto read_named(const Compute& compute) const {
    return named(where_, compute);
  }
  /// From now on errors begin so.
  void call(std::string where) { where_ = std::move(where); }

  /// Throws Error if a key was not taken.
  void check_all_taken() const {
    if (!left_.empty()) {
      throw Error(where_ + ": '" + left_.begin()->first + "' is unknown" +
                  suggest(left_.begin()->first, known_));
    }
  }

 private:
  template <typename T>
  T of_type(const std::string& key, const json& value, bool is_it, const char* type) const {
    if (!is_it) {
      throw Error(where_ + ": " + key + " " + shortened(value) + ", expected " + type);
    }
    return value.get<T>();
  }

  std::string where_;
  std::map<std::string, const json*> left_;
  std::vector<std::string> known_;
};

void write_attributes(const Operator& op, ordered_json& node) {
  std::visit(
      [&](const auto& body) {
        visit_attributes(body, [&](const char* name, const auto& value, auto...) {
          using T = std::remove_cvref_t<decltype(value)>;
          if constexpr (std::is_same_v<T, std::optional<Extent>>) {
            if (value) {
              node[name] = floatsd::to_json(*value);
            }
          } else if constexpr (std::is_same_v<T, AxesOrder>) {
            node[name] = floatsd::to_string(value);
          } else if constexpr (std::is_class_v<T>) {
            node[name] = floatsd::to_json(value);
          } else {
            node[name] = value;
          }
        });
      },
      op);
}

void read_attributes(Operator& op, Object& node) {
  std::visit(
      [&](auto& body) {
        visit_attributes(body, [&](const char* name, auto& value, auto...) {
          using T = std::remove_reference_t<decltype(value)>;
          const json* entry = node.find(name);
          if (entry == nullptr) {  // only what has no common value must be said
            if (std::string_view(name).starts_with("out_")) {
              node.take(name);
            }
          } else if constexpr (std::is_same_v<T, bool>) {
            value = node.boolean(name, *entry);
          } else if constexpr (std::is_same_v<T, AxesOrder>) {
            const std::string order = node.string(name, *entry);
            value = node.read_named([&] { return axes_order_from(order); });
          } else if constexpr (std::is_same_v<T, Extent> ||
                               std::is_same_v<T, std::optional<Extent>>) {
            value = node.read(name, [&] { return extent_from(*entry); });
          } else if constexpr (std::is_same_v<T, Padding>) {
            value = node.read(name, [&] { return padding_from(*entry); });
          } else {
            value = node.integer<T>(name, *entry);
          }
        });
      },
      op);
}

Operator operator_of_kind(const std::string& name, const std::string& where) {
  std::vector<std::string> kinds;
  std::vector<Operator> operators = all_operators();
  for (const Operator& op : operators) {
    kinds.emplace_back(kind(op));
  }
  return operators[named(where, [&] { return find_name("kind", name, kinds); })];
}

std::vector<float> numbers(const Object& input, const std::string& key, const json& list) {
  std::vector<float> result;
  for (const json& number : input.array(key, list)) {
    result.push_back(input.number(key, number));
  }
  return result;
}

InputSpec read_input(const json& record, const std::string& where) {
  Object input(record, where + ": input");
  const json& shape = input.array("shape", input.take("shape"));
  if (shape.size() != 3) {
    throw Error(where + ": input: a shape of " + std::to_string(shape.size()) +
                " numbers, expected [channels, height, width]");
  }
  InputSpec spec{.channels = input.integer<int64_t>("shape", shape[0]),
                 .height = input.integer<int64_t>("shape", shape[1]),
                 .width = input.integer<int64_t>("shape", shape[2]),
                 .mean = {},
                 .deviation = {}};
  const auto channels = is_size(spec.channels) ? static_cast<size_t>(spec.channels) : 0;
  const json* mean = input.find("mean");
  const json* deviation = input.find("std");
  spec.mean = mean == nullptr ? std::vector(channels, 0.0F) : numbers(input, "mean", *mean);
  spec.deviation =
      deviation == nullptr ? std::vector(channels, 1.0F) : numbers(input, "std", *deviation);
  input.check_all_taken();
  return spec;
}

std::vector<int> read_inputs(const Object& node, const json& list, const Architecture& architecture,
                             const std::string& where) {
  std::vector<int> inputs;
  for (const json& entry : node.array("inputs", list)) {
    const std::string name = node.string("inputs", entry);
    const std::optional<int> found =
        name == kInput ? std::optional(kGraphInput) : architecture.find(name);
    if (!found) {
      throw Error(where + ": its input '" + name + "' is no node before it");
    }
    inputs.push_back(*found);
  }
  return inputs;
}

void add_node(Architecture& architecture, const json& record, const std::string& where) {
  Object node(record, where + ": node " + std::to_string(architecture.last() + 2));
  const std::string name = node.take_string("name");
  const std::string here = where + ": " + name;
  node.call(here);
  Operator op = operator_of_kind(node.take_string("kind"), here);
  read_attributes(op, node);
  const json* list = node.find("inputs");
  const std::vector<int> inputs = list == nullptr ? std::vector<int>{architecture.last()}
                                                  : read_inputs(node, *list, architecture, here);
  node.check_all_taken();
  named(where, [&] { architecture.add(name, op, inputs); });
}

}  // namespace

std::string to_json(const Architecture& architecture) {
  for (const std::string& name : architecture.class_names) {
    if (!is_utf8(name)) {
      throw Error(architecture.name() + ": a class name is no UTF-8");
    }
  }
  ordered_json input;
  input["shape"] = {architecture.input().channels, architecture.input().height,
                    architecture.input().width};
  for (const float mean : architecture.input().mean) {
    input["mean"].push_back(shortest_decimal(mean));
  }
  for (const float deviation : architecture.input().deviation) {
    input["std"].push_back(shortest_decimal(deviation));
  }
  std::string text =
      "{\n\"name\": " + json(architecture.name()).dump() + ",\n\"input\": " + input.dump() + ",\n";
  if (!architecture.class_names.empty()) {
    text += "\"classes\": " + json(architecture.class_names).dump() + ",\n";
  }
  text += "\"nodes\": [";
  const auto& nodes = architecture.nodes();
  for (size_t i = 0; i < nodes.size(); ++i) {
    ordered_json node;
    node["name"] = nodes[i].name;
    node["kind"] = kind(nodes[i].op);
    write_attributes(nodes[i].op, node);
    for (const int from : nodes[i].inputs) {
      node["inputs"].push_back(from == kGraphInput ? kInput : nodes[from].name);
    }
    text += (i == 0 ? "\n  " : ",\n  ") + node.dump();
  }
  return text + "\n]\n}\n";
}

Architecture architecture_from_json(std::string_view text, const std::string& where) {
  const json record = parse_json(text, where);
  Object object(record, where);
  Architecture architecture = [&] {
    const std::string name = object.take_string("name");
    const InputSpec input = read_input(object.take("input"), where);
    return named(where, [&] { return Architecture(name, input); });
  }();
  if (const json* classes = object.find("classes")) {
    for (const json& name : object.array("classes", *classes)) {
      architecture.class_names.push_back(object.string("classes", name));
    }
  }
  const json& nodes = object.array("nodes", object.take("nodes"));
  object.check_all_taken();
  for (const json& node : nodes) {
    add_node(architecture, node, where);
  }
  named(where, [&] {
    const int64_t classes = architecture.classes();
    const auto names = std::ssize(architecture.class_names);
    require(names == 0 || names == classes, std::to_string(names) + " names of classes for " +
                                                std::to_string(classes) + " outputs");
  });
  return architecture;
}

Architecture read_architecture(const std::filesystem::path& path) {
  return architecture_from_json(read_file(path, kLargestFile), path.string());
}

}  // namespace floatsd::nn
