#include "ptq/calibration_images.h"

#include <algorithm>

#include "nn/pixels.h"

namespace floatsd::ptq {

void for_each_batch(const data::Dataset& dataset, const CalibrateOptions& options,
                    const std::function<void(const at::Tensor& pixels)>& use) {
  const int64_t count = std::min(options.images, dataset.count);
  for (int64_t begin = 0; begin < count; begin += options.batch_size) {
    use(nn::pixels(dataset, begin, std::min(begin + options.batch_size, count)));
  }
}

}  // namespace floatsd::ptq
