#include "integer/convolution.h"

#include <string>

#include "floatsd/core/error.h"
#include "integer/dense_convolution.h"
#include "integer/depthwise_convolution.h"
#include "integer/grouped_convolution.h"

namespace floatsd::integer {

std::unique_ptr<const Convolution> make_convolution(const ConvolutionShape& shape,
                                                    std::span<const int16_t> levels,
                                                    int32_t zero_point) {
  // Kernels keep places in the padded image, in bytes, as int32.
  constexpr int64_t kMostValues = int64_t{1} << 29;
  const Padding& padding = shape.window.padding;
  const int64_t height = shape.height + padding.top + padding.bottom;
  const int64_t width = shape.width + padding.left + padding.right;
  if (height > kMostValues / width || height * width > kMostValues / shape.channels) {
    throw Error("convolution: an input of " + std::to_string(height) + " x " +
                std::to_string(width) + " x " + std::to_string(shape.channels) +
                " values with its padding, expected at most " + std::to_string(kMostValues));
  }
  if (shape.depthwise()) {
    return std::make_unique<DepthwiseConvolution>(shape, levels, zero_point);
  }
  if (shape.groups > 1) {
    return std::make_unique<GroupedConvolution>(shape, levels, zero_point);
  }
  return std::make_unique<DenseConvolution>(shape, levels, zero_point);
}

}  // namespace floatsd::integer
