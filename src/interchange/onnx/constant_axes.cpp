#include "interchange/onnx/constant_axes.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <set>
#include <string>

#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "interchange/onnx/attributes.h"

namespace floatsd::interchange::onnx {
namespace {

using Shape = std::vector<int64_t>;
using Inputs = std::span<const Tensor* const>;

/// An input's numbers; none if it is left out.
Shape numbers_at(Inputs inputs, size_t index) {
  return index < inputs.size() && inputs[index] != nullptr ? integers(*inputs[index]) : Shape();
}

std::set<int64_t> distinct(const Shape& axes, int64_t rank) {
  std::set<int64_t> result;
  for (const int64_t axis : axes) {
    require(result.insert(axis_in(axis, rank)).second,
            "axis " + std::to_string(axis) + " is there twice");
  }
  return result;
}

/// The part of an axis of `size`, by ONNX's rules of clamping: a step below 0 goes from behind.
SlicedAxis slice(int64_t axis, int64_t size, int64_t start, int64_t end, int64_t step) {
  constexpr int64_t kLongest = int64_t{1} << 40;
  require(step != 0, "a step of 0");
  const int64_t most = std::max<int64_t>(size, 1);
  step = std::clamp(step, -most, most);  // a longer one reaches no further
  const int64_t least = step > 0 ? 0 : -1;
  const auto clamped = [&](int64_t at) {
    return std::clamp(at < 0 ? std::max(at, -kLongest) + size : at, least, size + least);
  };
  const int64_t first = clamped(start);
  const int64_t last = clamped(end);
  const int64_t length = std::max<int64_t>(step > 0 ? last - first : first - last, 0);
  const int64_t width = std::abs(step);
  return {.axis = axis,
          .start = std::max<int64_t>(first, 0),
          .step = step,
          .count = (length + width - 1) / width};
}

}  // namespace

int64_t axis_in(int64_t axis, int64_t rank) {
  require(axis >= -rank && axis < rank,
          "axis or index " + std::to_string(axis) + " of " + std::to_string(rank));
  return axis < 0 ? axis + rank : axis;
}

Shape axes_of(const Node& node, Inputs inputs) {
  const Shape& attribute = integers_of(node, "axes");
  return attribute.empty() ? numbers_at(inputs, 1) : attribute;
}

Shape squeezed(const Shape& shape, const Shape& axes) {
  const std::set<int64_t> gone = distinct(axes, std::ssize(shape));
  Shape result;
  for (int64_t i = 0; i < std::ssize(shape); ++i) {
    const bool is_gone = axes.empty() ? shape[i] == 1 : gone.contains(i);
    require(!is_gone || shape[i] == 1, "axis " + std::to_string(i) + " has " +
                                           std::to_string(shape[i]) + " values, expected 1");
    if (!is_gone) {
      result.push_back(shape[i]);
    }
  }
  return result;
}

Shape unsqueezed(const Shape& shape, const Shape& axes) {
  const int64_t rank = std::ssize(shape) + std::ssize(axes);
  const std::set<int64_t> added = distinct(axes, rank);
  Shape result;
  auto next = shape.begin();
  for (int64_t i = 0; i < rank; ++i) {
    result.push_back(added.contains(i) ? 1 : *next++);
  }
  return result;
}

Shape wanted_shape(const Node& node, const Shape& shape, Shape wanted) {
  const int64_t count = count_of(shape);
  const bool keeps_zeros = integer_of(node, "allowzero", 0) != 0;
  int64_t* open = nullptr;
  int64_t known = 1;
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] == 0 && !keeps_zeros) {
      require(i < shape.size(), "a shape that keeps axis " + std::to_string(i));
      wanted[i] = shape[i];
    }
    if (wanted[i] == -1) {
      require(open == nullptr, "a shape with -1 twice");
      open = &wanted[i];
    } else {
      known = count_of({known, wanted[i]});
    }
  }
  if (open != nullptr) {
    require(known > 0 && count % known == 0,
            "a shape that does not divide " + std::to_string(count) + " values");
    *open = count / known;
  }
  return wanted;
}

Shape order_of_axes(const Node& node, int64_t rank) {
  Shape order = integers_of(node, "perm");
  if (order.empty()) {
    for (int64_t axis = rank; axis-- > 0;) {
      order.push_back(axis);
    }
  }
  require(std::ssize(order) == rank && std::ssize(distinct(order, rank)) == rank &&
              std::all_of(order.begin(), order.end(), [](int64_t axis) { return axis >= 0; }),
          "perm is no order of its input's " + std::to_string(rank) + " axes");
  return order;
}

Tensor shape_part(const Node& node, const Shape& shape) {
  const int64_t rank = std::ssize(shape);
  const auto place = [rank](int64_t at) {
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  const int64_t begin = place(integer_of(node, "start", 0));
  const int64_t end = std::max(begin, place(integer_of(node, "end", rank)));
  return make_tensor({end - begin}, Shape(shape.begin() + begin, shape.begin() + end));
}

std::vector<SlicedAxis> slices_of(const Node& node, Inputs inputs, const Shape& shape,
                                  int64_t opset) {
  const bool by_inputs = opset >= 10;
  const Shape starts = by_inputs ? numbers_at(inputs, 1) : integers_of(node, "starts");
  const Shape ends = by_inputs ? numbers_at(inputs, 2) : integers_of(node, "ends");
  Shape axes = by_inputs ? numbers_at(inputs, 3) : integers_of(node, "axes");
  Shape steps = by_inputs ? numbers_at(inputs, 4) : Shape();
  if (axes.empty()) {
    axes.resize(starts.size());
    std::iota(axes.begin(), axes.end(), 0);
  }
  if (steps.empty()) {
    steps.assign(starts.size(), 1);
  }
  require(
      ends.size() == starts.size() && axes.size() == starts.size() && steps.size() == starts.size(),
      "starts, ends, axes and steps of several lengths");
  distinct(axes, std::ssize(shape));
  std::vector<SlicedAxis> result;
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t axis = axis_in(axes[i], std::ssize(shape));
    result.push_back(slice(axis, shape[axis], starts[i], ends[i], steps[i]));
  }
  return result;
}

}  // namespace floatsd::interchange::onnx
