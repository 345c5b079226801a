#include "evaluate_integer.h"

#include <vector>

#include "floatsd/runtime/program.h"

namespace floatsd::app {

train::Accuracy evaluate_integer(const runtime::Interpreter& integer, const data::Dataset& dataset,
                                 int threads) {
  const runtime::ActivationShape& input = integer.program().input_shape;
  data::check_shape(dataset, {input.channels, input.height, input.width},
                    integer.program().network);
  data::check_classes(dataset, runtime::output_shapes(integer.program()).back().channels,
                      integer.program().network);
  const std::vector<int> classes = integer.classify(dataset.images, threads);
  train::Accuracy accuracy{.total = dataset.count};
  for (int64_t i = 0; i < dataset.count; ++i) {
    accuracy.correct += classes[i] == dataset.labels[i] ? 1 : 0;
  }
  return accuracy;
}

}  // namespace floatsd::app
