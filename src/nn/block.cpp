#include "floatsd/nn/block.h"

#include <ATen/ATen.h>

#include "floatsd/nn/max_pool.h"

namespace floatsd::nn {

at::Tensor real_values(const Signal& signal) {
  return signal.qparams ? signal.values * signal.qparams->scale : signal.values;
}

Signal Relu::forward(const Signal& input, quant::Mode /*mode*/) {
  return {at::relu(input.values), input.qparams};
}

Signal MaxPool2d::forward(const Signal& input, quant::Mode /*mode*/) {
  return {max_pool(input.values, window_), input.qparams};
}

}  // namespace floatsd::nn
