#include "interchange/onnx/activation.h"

#include "interchange/onnx/unsupported.h"

namespace floatsd::interchange::onnx {
namespace {

int64_t size_of(Axis axis, const ActivationShape& shape) {
  return axis == Axis::kChannels ? shape.channels
         : axis == Axis::kRows   ? shape.height
                                 : shape.width;
}

}  // namespace

std::vector<JoinedAxes> image_axes(const ActivationShape& shape) {
  return image_axes(shape, {Axis::kChannels, Axis::kRows, Axis::kColumns});
}

std::vector<JoinedAxes> image_axes(const ActivationShape& shape, const std::vector<Axis>& order) {
  std::vector<JoinedAxes> axes;
  for (const Axis axis : order) {
    axes.push_back(size_of(axis, shape) == 1 ? JoinedAxes() : JoinedAxes{axis});
  }
  return axes;
}

JoinedAxes joined(const std::vector<JoinedAxes>& axes) {
  JoinedAxes all;
  for (const JoinedAxes& part : axes) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

std::vector<int64_t> sizes_of(const std::vector<JoinedAxes>& axes, const ActivationShape& shape) {
  std::vector<int64_t> sizes;
  for (const JoinedAxes& part : axes) {
    int64_t size = 1;
    for (const Axis axis : part) {
      size *= size_of(axis, shape);
    }
    sizes.push_back(size);
  }
  return sizes;
}

std::vector<JoinedAxes> regrouped(const std::vector<JoinedAxes>& axes, const ActivationShape& shape,
                                  const std::vector<int64_t>& sizes) {
  const JoinedAxes all = joined(axes);
  std::vector<JoinedAxes> result;
  auto next = all.begin();
  for (const int64_t size : sizes) {
    JoinedAxes part;
    int64_t reached = 1;
    while (reached < size && next != all.end()) {
      reached *= size_of(*next, shape);
      part.push_back(*next++);
    }
    need(reached == size, "a shape that keeps channels, rows and columns whole");
    result.push_back(std::move(part));
  }
  need(next == all.end(), "a shape that keeps channels, rows and columns whole");
  return result;
}

}  // namespace floatsd::interchange::onnx
