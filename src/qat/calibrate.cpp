#include "floatsd/qat/calibrate.h"

#include <torch/utils.h>

#include <algorithm>

#include "floatsd/qat/pixels.h"

namespace floatsd::qat {

void calibrate(nn::Graph& graph, const data::Dataset& dataset, int64_t images, int64_t batch_size) {
  const torch::NoGradGuard no_grad;
  const int64_t count = std::min(images, dataset.count);
  graph.set_pass({quant::Mode::kObserve});
  for (int64_t begin = 0; begin < count; begin += batch_size) {
    graph.forward(pixels(dataset, begin, std::min(begin + batch_size, count)));
  }
  graph.set_pass({quant::Mode::kFrozen});
}

}  // namespace floatsd::qat
