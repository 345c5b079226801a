#include "nn/pixels.h"

#include <ATen/ATen.h>

#include "data/class_names.h"

namespace floatsd::nn {

at::Tensor pixels(const data::Dataset& dataset, int64_t begin, int64_t end) {
  const int64_t image = dataset.channels * dataset.height * dataset.width;
  // from_blob wants a mutable pointer; nothing writes to a network's input.
  auto* first = const_cast<uint8_t*>(dataset.images.data()) + begin * image;
  return at::from_blob(first, {end - begin, dataset.channels, dataset.height, dataset.width},
                       at::kByte);
}

void check_images(const Graph& graph, const data::Dataset& dataset) {
  data::check_images(dataset);
  const InputSpec& input = graph.input();
  data::check_shape(dataset, {input.channels, input.height, input.width}, graph.network());
}

void check_labelled_images(const Graph& graph, const data::Dataset& dataset) {
  check_images(graph, dataset);
  data::check_labels(dataset);
  data::check_classes(dataset, graph.architecture().classes(), graph.network());
  data::check_class_names(dataset, graph.architecture().class_names, graph.network());
}

}  // namespace floatsd::nn
