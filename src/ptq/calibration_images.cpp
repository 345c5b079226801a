#include "ptq/calibration_images.h"

#include <algorithm>

#include "core/refuse.h"
#include "nn/pixels.h"

namespace floatsd::ptq {

void check_calibration_images(const nn::Graph& graph, const data::Dataset& dataset) {
  nn::check_images(graph, dataset);
  require(dataset.count >= 1, dataset.name + ": no images to calibrate with");
}

int64_t image_count(const data::Dataset& dataset, const CalibrateOptions& options) {
  return std::min(options.images, dataset.count);
}

void for_each_batch(const data::Dataset& dataset, const CalibrateOptions& options,
                    const std::function<void(const at::Tensor& pixels)>& use) {
  const int64_t count = image_count(dataset, options);
  for (int64_t begin = 0; begin < count; begin += options.batch_size) {
    use(nn::pixels(dataset, begin, std::min(begin + options.batch_size, count)));
  }
}

}  // namespace floatsd::ptq
