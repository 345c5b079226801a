#include "floatsd/integer/convolution.h"

#include "dense_convolution.h"
#include "depthwise_convolution.h"

namespace floatsd::integer {

std::unique_ptr<const Convolution> make_convolution(const ConvolutionShape& shape,
                                                    std::span<const int16_t> levels,
                                                    int32_t zero_point) {
  if (shape.depthwise) {
    return std::make_unique<DepthwiseConvolution>(shape, levels, zero_point);
  }
  return std::make_unique<DenseConvolution>(shape, levels, zero_point);
}

}  // namespace floatsd::integer
