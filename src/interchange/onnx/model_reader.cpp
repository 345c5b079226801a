#include <cstring>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "interchange/onnx/external_data.h"
#include "interchange/onnx/model.h"

namespace floatsd::interchange::onnx {
namespace {

using protozero::pbf_reader;
using protozero::pbf_wire_type;
using protozero::tag_and_type;

// The fields' numbers are those of onnx.proto. A field of another wire type than onnx.proto's is
// passed over, as protobuf's own readers do.
constexpr auto kVarint = pbf_wire_type::varint;
constexpr auto kBytes = pbf_wire_type::length_delimited;
constexpr auto kFixed32 = pbf_wire_type::fixed32;
constexpr auto kFixed64 = pbf_wire_type::fixed64;

constexpr size_t kMostDimensions = 8;

std::string_view view(pbf_reader& reader) {
  const protozero::data_view bytes = reader.get_view();
  return {bytes.data(), bytes.size()};
}

std::string text(pbf_reader& reader) { return std::string(view(reader)); }

/// Appends a field of repeated integers, which is packed or one value.
void append_integers(pbf_reader& reader, std::vector<int64_t>& to) {
  if (reader.wire_type() == kVarint) {
    to.push_back(reader.get_int64());
    return;
  }
  for (const int64_t value : reader.get_packed_int64()) {
    to.push_back(value);
  }
}

/// Appends a field of repeated numbers that lie in the file as their bytes.
template <typename T>
void append_fixed(pbf_reader& reader, std::string& to) {
  if (reader.wire_type() == kBytes) {
    to += view(reader);
    return;
  }
  T value;
  if constexpr (sizeof(T) == sizeof(float)) {
    value = reader.get_float();
  } else {
    value = reader.get_double();
  }
  to.append(reinterpret_cast<const char*>(&value), sizeof value);
}

std::pair<std::string, std::string> entry(pbf_reader reader) {
  std::pair<std::string, std::string> pair;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, kBytes):
        pair.first = text(reader);
        break;
      case tag_and_type(2, kBytes):
        pair.second = text(reader);
        break;
      default:
        reader.skip();
    }
  }
  return pair;
}

/// The low bytes of each integer.
std::string narrowed(const std::vector<int64_t>& values, size_t size) {
  std::string bytes;
  bytes.reserve(values.size() * size);
  for (const int64_t value : values) {
    bytes.append(reinterpret_cast<const char*>(&value), size);
  }
  return bytes;
}

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

class TensorReader {
 public:
  explicit TensorReader(const std::filesystem::path& folder) : folder_(folder) {}

  NamedTensor read(pbf_reader reader) {
    while (reader.next()) {
      take(reader);
    }
    return {.name = name_, .tensor = named("tensor '" + name_ + "'", [&] { return finish(); })};
  }

 private:
  void take(pbf_reader& reader) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, kVarint):
      case tag_and_type(1, kBytes):
        append_integers(reader, shape_);
        break;
      case tag_and_type(2, kVarint):
        type_ = static_cast<ElementType>(reader.get_int32());
        break;
      case tag_and_type(4, kBytes):
      case tag_and_type(4, kFixed32):
        append_fixed<float>(reader, numbers_);
        break;
      case tag_and_type(10, kBytes):
      case tag_and_type(10, kFixed64):
        append_fixed<double>(reader, numbers_);
        break;
      case tag_and_type(5, kVarint):
      case tag_and_type(5, kBytes):
      case tag_and_type(7, kVarint):
      case tag_and_type(7, kBytes):
      case tag_and_type(11, kVarint):
      case tag_and_type(11, kBytes):
        append_integers(reader, integers_);
        break;
      case tag_and_type(8, kBytes):
        name_ = text(reader);
        break;
      case tag_and_type(9, kBytes):
        raw_ = view(reader);
        break;
      case tag_and_type(13, kBytes):
        external_.insert(entry(reader.get_message()));
        break;
      case tag_and_type(14, kVarint):
        is_external_ = reader.get_int32() == 1;
        break;
      default:
        reader.skip();
    }
  }

  Tensor finish() {
    require(shape_.size() <= kMostDimensions, std::to_string(shape_.size()) +
                                                  " dimensions, expected at most " +
                                                  std::to_string(kMostDimensions));
    const auto count = static_cast<size_t>(count_of(shape_));
    const size_t size = element_size(type_);
    if (is_external_) {
      return owned(read_external(external_, folder_, count * size));
    }
    if (!raw_.empty() || count == 0) {
      return make_tensor(type_, std::move(shape_), raw_, nullptr);
    }
    std::string bytes = numbers_.empty() ? narrowed(integers_, size) : std::move(numbers_);
    return owned(std::make_shared<const std::string>(std::move(bytes)));
  }

  Tensor owned(std::shared_ptr<const std::string> bytes) {
    const std::string_view values = *bytes;
    return make_tensor(type_, std::move(shape_), values, std::move(bytes));
  }

  const std::filesystem::path& folder_;
  std::string name_;
  ElementType type_ = ElementType::kUndefined;
  std::vector<int64_t> shape_, integers_;
  std::string numbers_;
  std::string_view raw_;
  std::map<std::string, std::string> external_;
  bool is_external_ = false;
};

std::vector<float> floats_of(const std::string& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  if (!values.empty()) {
    std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  }
  return values;
}

Attribute read_attribute(pbf_reader reader, const std::filesystem::path& folder) {
  Attribute attribute;
  std::string reals;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, kBytes):
        attribute.name = text(reader);
        break;
      case tag_and_type(2, kFixed32):
        attribute.real = reader.get_float();
        break;
      case tag_and_type(3, kVarint):
        attribute.integer = reader.get_int64();
        break;
      case tag_and_type(4, kBytes):
        attribute.text = text(reader);
        break;
      case tag_and_type(5, kBytes):
        attribute.tensor = TensorReader(folder).read(reader.get_message()).tensor;
        break;
      case tag_and_type(7, kBytes):
      case tag_and_type(7, kFixed32):
        append_fixed<float>(reader, reals);
        break;
      case tag_and_type(8, kVarint):
      case tag_and_type(8, kBytes):
        append_integers(reader, attribute.integers);
        break;
      default:
        reader.skip();
    }
  }
  attribute.reals = floats_of(reals);
  return attribute;
}

Node read_node(pbf_reader reader, const std::filesystem::path& folder) {
  Node node;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, kBytes):
        node.inputs.push_back(text(reader));
        break;
      case tag_and_type(2, kBytes):
        node.outputs.push_back(text(reader));
        break;
      case tag_and_type(3, kBytes):
        node.name = text(reader);
        break;
      case tag_and_type(4, kBytes):
        node.op_type = text(reader);
        break;
      case tag_and_type(5, kBytes):
        node.attributes.push_back(read_attribute(reader.get_message(), folder));
        break;
      case tag_and_type(7, kBytes):
        node.domain = text(reader);
        break;
      default:
        reader.skip();
    }
  }
  return node;
}

std::optional<int64_t> read_dimension(pbf_reader reader) {
  std::optional<int64_t> size;
  while (reader.next()) {
    if (reader.tag_and_type() == tag_and_type(1, kVarint)) {
      size = reader.get_int64();
    } else {
      reader.skip();
    }
  }
  return size && *size > 0 ? size : std::nullopt;
}

std::vector<std::optional<int64_t>> read_shape(pbf_reader reader) {
  std::vector<std::optional<int64_t>> shape;
  while (reader.next()) {
    if (reader.tag_and_type() == tag_and_type(1, kBytes)) {
      shape.push_back(read_dimension(reader.get_message()));
    } else {
      reader.skip();
    }
  }
  return shape;
}

void read_tensor_type(pbf_reader reader, ValueInfo& info) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, kVarint):
        info.type = static_cast<ElementType>(reader.get_int32());
        break;
      case tag_and_type(2, kBytes):
        info.shape = read_shape(reader.get_message());
        break;
      default:
        reader.skip();
    }
  }
}

void read_type(pbf_reader reader, ValueInfo& info) {
  while (reader.next()) {
    if (reader.tag_and_type() == tag_and_type(1, kBytes)) {
      read_tensor_type(reader.get_message(), info);
    } else {
      reader.skip();
    }
  }
}

ValueInfo read_value(pbf_reader reader) {
  ValueInfo info;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, kBytes):
        info.name = text(reader);
        break;
      case tag_and_type(2, kBytes):
        read_type(reader.get_message(), info);
        break;
      default:
        reader.skip();
    }
  }
  return info;
}

void read_graph(pbf_reader reader, const std::filesystem::path& folder, Model& model) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, kBytes):
        model.nodes.push_back(read_node(reader.get_message(), folder));
        break;
      case tag_and_type(2, kBytes):
        model.graph_name = text(reader);
        break;
      case tag_and_type(5, kBytes): {
        NamedTensor constant = TensorReader(folder).read(reader.get_message());
        require(model.constants.emplace(constant.name, std::move(constant.tensor)).second,
                "two constants are named '" + constant.name + "'");
        break;
      }
      case tag_and_type(11, kBytes):
        model.inputs.push_back(read_value(reader.get_message()));
        break;
      case tag_and_type(12, kBytes):
        model.outputs.push_back(read_value(reader.get_message()));
        break;
      default:
        reader.skip();
    }
  }
}

void read_opset(pbf_reader reader, Model& model) {
  std::string domain;
  int64_t version = 0;
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(1, kBytes):
        domain = text(reader);
        break;
      case tag_and_type(2, kVarint):
        version = reader.get_int64();
        break;
      default:
        reader.skip();
    }
  }
  if (domain.empty() || domain == "ai.onnx") {
    model.opset = version;
  }
}

void read_into(pbf_reader reader, const std::filesystem::path& folder, Model& model) {
  while (reader.next()) {
    switch (reader.tag_and_type()) {
      case tag_and_type(2, kBytes):
        model.producer = text(reader);
        break;
      case tag_and_type(7, kBytes):
        read_graph(reader.get_message(), folder, model);
        break;
      case tag_and_type(8, kBytes):
        read_opset(reader.get_message(), model);
        break;
      case tag_and_type(14, kBytes):
        model.metadata.insert(entry(reader.get_message()));
        break;
      default:
        reader.skip();
    }
  }
}

}  // namespace

Model parse_model(std::string_view bytes, const std::filesystem::path& folder) {
  Model model;
  try {
    read_into(pbf_reader(bytes.data(), bytes.size()), folder, model);
  } catch (const protozero::end_of_buffer_exception&) {
    throw Error("ends within a part of the ONNX model: truncated or damaged, expected a whole one");
  } catch (const protozero::exception&) {
    throw Error("has bytes that no ONNX model has: damaged, expected a whole one");
  }
  return model;
}

}  // namespace floatsd::interchange::onnx
