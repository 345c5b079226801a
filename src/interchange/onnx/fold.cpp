#include "interchange/onnx/fold.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <numeric>
#include <string>
#include <utility>

#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "interchange/onnx/attributes.h"
#include "interchange/onnx/constant_axes.h"
#include "interchange/onnx/unsupported.h"

namespace floatsd::interchange::onnx {
namespace {

using Inputs = std::span<const Tensor* const>;
using Shape = std::vector<int64_t>;

const Tensor& input(Inputs inputs, size_t index) {
  require(index < inputs.size() && inputs[index] != nullptr,
          "input " + std::to_string(index + 1) + " is missing");
  return *inputs[index];
}

Shape strides_of(const Shape& shape) {
  Shape strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) {
    strides[i - 1] = strides[i] * shape[i];
  }
  return strides;
}

/// Calls visit(out, in) for each value of a tensor of `shape`: its place there, and in a tensor
/// that begins at `start` and has those strides.
template <typename Visit>
void visit_places(const Shape& shape, int64_t start, const Shape& strides, const Visit& visit) {
  const int64_t count = count_of(shape);
  Shape at(shape.size(), 0);
  int64_t place = start;
  for (int64_t i = 0; i < count; ++i) {
    visit(i, place);
    for (size_t axis = shape.size(); axis-- > 0;) {
      place += strides[axis];
      if (++at[axis] < shape[axis]) {
        break;
      }
      place -= strides[axis] * shape[axis];
      at[axis] = 0;
    }
  }
}

/// The values of `from` at those places, as a tensor of `shape`.
Tensor picked(const Tensor& from, Shape shape, int64_t start, const Shape& strides) {
  const size_t size = element_size(from.type);
  require(count_of(shape) <= std::max(kMostComputed, from.count()),
          "a constant of " + std::to_string(count_of(shape)) + " values, expected at most " +
              std::to_string(kMostComputed));
  auto bytes = std::make_shared<std::string>(static_cast<size_t>(count_of(shape)) * size, '\0');
  visit_places(shape, start, strides, [&](int64_t out, int64_t in) {
    std::copy_n(from.bytes.data() + static_cast<size_t>(in) * size, size,
                bytes->data() + static_cast<size_t>(out) * size);
  });
  const std::string_view values = *bytes;
  return make_tensor(from.type, std::move(shape), values, std::move(bytes));
}

Tensor fold_constant(const Node& node, Inputs /*inputs*/, int64_t /*opset*/) {
  require(node.attributes.size() == 1, "expected one attribute");
  const Attribute& value = node.attributes.front();
  if (value.tensor) {
    return *value.tensor;
  }
  if (value.name == "value_int" && value.integer) {
    return make_tensor({}, std::vector<int64_t>{*value.integer});
  }
  if (value.name == "value_float" && value.real) {
    return make_tensor({}, std::vector<float>{*value.real});
  }
  if (value.name == "value_floats") {
    return make_tensor({std::ssize(value.reals)}, value.reals);
  }
  require(value.name == "value_ints", "attribute " + value.name + ", expected numbers");
  return make_tensor({std::ssize(value.integers)}, value.integers);
}

Tensor fold_identity(const Node& /*node*/, Inputs inputs, int64_t /*opset*/) {
  return input(inputs, 0);
}

Tensor fold_shape(const Node& node, Inputs inputs, int64_t /*opset*/) {
  return shape_part(node, input(inputs, 0).shape);
}

Tensor fold_gather(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& data = input(inputs, 0);
  const Tensor& places = input(inputs, 1);
  const int64_t axis = axis_in(integer_of(node, "axis", 0), std::ssize(data.shape));
  const Shape& shape = data.shape;
  const int64_t outer = count_of({shape.begin(), shape.begin() + axis});
  const int64_t inner = count_of({shape.begin() + axis + 1, shape.end()});
  Shape result(shape.begin(), shape.begin() + axis);
  result.insert(result.end(), places.shape.begin(), places.shape.end());
  result.insert(result.end(), shape.begin() + axis + 1, shape.end());
  require(count_of(result) <= kMostComputed, "a constant of too many values");
  auto bytes = std::make_shared<std::string>();
  const size_t row = static_cast<size_t>(inner) * element_size(data.type);
  const std::vector<int64_t> wanted = integers(places);
  for (int64_t i = 0; i < outer; ++i) {
    for (const int64_t place : wanted) {
      const int64_t at = axis_in(place, shape[axis]);
      bytes->append(data.bytes.substr(static_cast<size_t>(i * shape[axis] + at) * row, row));
    }
  }
  const std::string_view values = *bytes;
  return make_tensor(data.type, std::move(result), values, std::move(bytes));
}

Tensor fold_concat(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& first = input(inputs, 0);
  const int64_t axis = axis_in(integer_of(node, "axis", 0), std::ssize(first.shape));
  Shape shape = first.shape;
  shape[axis] = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const Tensor& next = input(inputs, i);
    require(next.type == first.type && next.shape.size() == shape.size(),
            "constants of several types or dimensions");
    for (int64_t other = 0; other < std::ssize(shape); ++other) {
      require(other == axis || next.shape[other] == shape[other], "constants of several shapes");
    }
    shape[axis] += next.shape[axis];
  }
  require(count_of(shape) <= kMostComputed, "a constant of too many values");
  const int64_t outer = count_of({shape.begin(), shape.begin() + axis});
  auto bytes = std::make_shared<std::string>();
  for (int64_t i = 0; i < outer; ++i) {
    for (const Tensor* next : inputs) {
      const size_t row = next->bytes.size() / static_cast<size_t>(outer);
      bytes->append(next->bytes.substr(static_cast<size_t>(i) * row, row));
    }
  }
  const std::string_view values = *bytes;
  return make_tensor(first.type, std::move(shape), values, std::move(bytes));
}

Tensor fold_squeeze(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& data = input(inputs, 0);
  return reshaped(data, squeezed(data.shape, axes_of(node, inputs)));
}

Tensor fold_unsqueeze(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& data = input(inputs, 0);
  return reshaped(data, unsqueezed(data.shape, axes_of(node, inputs)));
}

Tensor fold_reshape(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& data = input(inputs, 0);
  return reshaped(data, wanted_shape(node, data.shape, integers(input(inputs, 1))));
}

Tensor fold_flatten(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& data = input(inputs, 0);
  const int64_t rank = std::ssize(data.shape);
  const int64_t axis = integer_of(node, "axis", 1);
  require(axis >= -rank && axis <= rank, "axis " + std::to_string(axis));
  const auto middle = data.shape.begin() + (axis < 0 ? axis + rank : axis);
  return reshaped(data,
                  {count_of({data.shape.begin(), middle}), count_of({middle, data.shape.end()})});
}

Tensor fold_transpose(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& data = input(inputs, 0);
  const Shape order = order_of_axes(node, std::ssize(data.shape));
  const Shape strides = strides_of(data.shape);
  Shape shape;
  Shape moved;
  for (const int64_t axis : order) {
    shape.push_back(data.shape[axis]);
    moved.push_back(strides[axis]);
  }
  return picked(data, std::move(shape), 0, moved);
}

Tensor fold_slice(const Node& node, Inputs inputs, int64_t opset) {
  const Tensor& data = input(inputs, 0);
  Shape shape = data.shape;
  Shape strides = strides_of(shape);
  int64_t start = 0;
  for (const SlicedAxis& slice : slices_of(node, inputs, data.shape, opset)) {
    start += slice.start * strides[slice.axis];
    strides[slice.axis] *= slice.step;
    shape[slice.axis] = slice.count;
  }
  return picked(data, std::move(shape), start, strides);
}

Tensor fold_cast(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& data = input(inputs, 0);
  const auto type = static_cast<ElementType>(integer_of(node, "to", 0));
  if (type == data.type || (is_real(type) && is_real(data.type))) {
    return data;  // reals are converted when they are read
  }
  if (is_real(type)) {
    const std::vector<int64_t> values = integers(data);
    return make_tensor(data.shape, std::vector<float>(values.begin(), values.end()));
  }
  if (!is_real(data.type)) {
    return make_tensor(data.shape, integers(data));
  }
  std::vector<int64_t> values;
  for (const float value : floats(data)) {
    require(std::abs(value) < 0x1p62F, "a constant that no integer holds");
    values.push_back(static_cast<int64_t>(value));
  }
  return make_tensor(data.shape, values);
}

Tensor fold_constant_of_shape(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Shape shape = integers(input(inputs, 0));
  const Attribute* value = find_attribute(node, "value");
  const Tensor one =
      value != nullptr && value->tensor ? *value->tensor : make_tensor({1}, std::vector<float>{0});
  require(one.count() == 1, "a value of several numbers");
  return picked(one, shape, 0, Shape(shape.size(), 0));
}

/// The strides by which a tensor of `from` is read as one of `to`: 0 along what is repeated.
Shape repeated(const Shape& from, const Shape& to) {
  const Shape strides = strides_of(from);
  Shape result(to.size(), 0);
  const size_t before = to.size() - from.size();
  for (size_t i = 0; i < from.size(); ++i) {
    require(from[i] == 1 || from[i] == to[before + i], "constants of shapes that do not fit");
    result[before + i] = from[i] == 1 ? 0 : strides[i];
  }
  return result;
}

Shape joint_shape(const Shape& a, const Shape& b) {
  Shape shape = a.size() > b.size() ? a : b;
  const Shape& other = a.size() > b.size() ? b : a;
  const size_t before = shape.size() - other.size();
  for (size_t i = 0; i < other.size(); ++i) {
    shape[before + i] = shape[before + i] == 1 ? other[i] : shape[before + i];
  }
  return shape;
}

Tensor fold_expand(const Node& /*node*/, Inputs inputs, int64_t /*opset*/) {
  const Tensor& data = input(inputs, 0);
  Shape shape = joint_shape(data.shape, integers(input(inputs, 1)));
  const Shape strides = repeated(data.shape, shape);
  return picked(data, std::move(shape), 0, strides);
}

int64_t compute(const std::string& op, int64_t a, int64_t b) {
  int64_t result = 0;
  bool is_beyond = false;
  if (op == "Add") {
    is_beyond = __builtin_add_overflow(a, b, &result);
  } else if (op == "Sub") {
    is_beyond = __builtin_sub_overflow(a, b, &result);
  } else if (op == "Mul") {
    is_beyond = __builtin_mul_overflow(a, b, &result);
  } else {
    is_beyond = b == 0 || (a == std::numeric_limits<int64_t>::min() && b == -1);
    result = is_beyond ? 0 : a / b;
  }
  require(!is_beyond, "a constant that no integer holds");
  return result;
}

float compute(const std::string& op, float a, float b) {
  return op == "Add" ? a + b : op == "Sub" ? a - b : op == "Mul" ? a * b : a / b;
}

template <typename T>
Tensor combined(const std::string& op, const Tensor& a, const Tensor& b, const std::vector<T>& left,
                const std::vector<T>& right) {
  const Shape shape = joint_shape(a.shape, b.shape);
  require(count_of(shape) <= std::max({kMostComputed, a.count(), b.count()}),
          "a constant of too many values");
  std::vector<T> values(static_cast<size_t>(count_of(shape)));
  visit_places(shape, 0, repeated(a.shape, shape),
               [&](int64_t out, int64_t in) { values[out] = left[in]; });
  visit_places(shape, 0, repeated(b.shape, shape),
               [&](int64_t out, int64_t in) { values[out] = compute(op, values[out], right[in]); });
  return make_tensor(shape, values);
}

Tensor fold_arithmetic(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const Tensor& a = input(inputs, 0);
  const Tensor& b = input(inputs, 1);
  return is_real(a.type) ? combined(node.op_type, a, b, floats(a), floats(b))
                         : combined(node.op_type, a, b, integers(a), integers(b));
}

Tensor fold_sqrt(const Node& /*node*/, Inputs inputs, int64_t /*opset*/) {
  std::vector<float> values = floats(input(inputs, 0));
  for (float& value : values) {
    value = std::sqrt(value);
  }
  return make_tensor(input(inputs, 0).shape, values);
}

Tensor fold_product(const Node& node, Inputs inputs, int64_t /*opset*/) {
  const std::vector<int64_t> values = integers(input(inputs, 0));
  require(input(inputs, 0).shape.size() == 1, "expected a list");
  const int64_t product =
      std::accumulate(values.begin(), values.end(), int64_t{1},
                      [](int64_t a, int64_t b) { return compute("Mul", a, b); });
  return integer_of(node, "keepdims", 1) != 0 ? make_tensor({1}, std::vector{product})
                                              : make_tensor({}, std::vector{product});
}

Tensor fold_size(const Node& /*node*/, Inputs inputs, int64_t /*opset*/) {
  return make_tensor({}, std::vector<int64_t>{input(inputs, 0).count()});
}

struct Folded {
  const char* op_type;
  Tensor (*fold)(const Node&, Inputs, int64_t);
};

constexpr Folded kFolded[] = {
    {"Constant", fold_constant},   {"ConstantOfShape", fold_constant_of_shape},
    {"Identity", fold_identity},   {"Shape", fold_shape},
    {"Size", fold_size},           {"Gather", fold_gather},
    {"Concat", fold_concat},       {"Squeeze", fold_squeeze},
    {"Unsqueeze", fold_unsqueeze}, {"Reshape", fold_reshape},
    {"Flatten", fold_flatten},     {"Transpose", fold_transpose},
    {"Slice", fold_slice},         {"Cast", fold_cast},
    {"Expand", fold_expand},       {"Add", fold_arithmetic},
    {"Sub", fold_arithmetic},      {"Mul", fold_arithmetic},
    {"Div", fold_arithmetic},      {"Sqrt", fold_sqrt},
    {"ReduceProd", fold_product},
};

const Folded* find_folded(const std::string& op_type) {
  const auto* found = std::find_if(std::begin(kFolded), std::end(kFolded),
                                   [&](const Folded& each) { return op_type == each.op_type; });
  return found == std::end(kFolded) ? nullptr : found;
}

}  // namespace

std::optional<Tensor> fold(const Node& node, Inputs inputs, int64_t opset) {
  const Folded* folded = find_folded(node.op_type);
  return folded == nullptr ? std::nullopt : std::optional(folded->fold(node, inputs, opset));
}

bool is_folded(const std::string& op_type) { return find_folded(op_type) != nullptr; }

}  // namespace floatsd::interchange::onnx
