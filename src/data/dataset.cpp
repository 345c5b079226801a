#include "floatsd/data/dataset.h"

#include "floatsd/core/error.h"

namespace floatsd::data {

Dataset first(Dataset dataset, int64_t n) {
  if (n < 1) {
    throw Error(dataset.name + ": the first " + std::to_string(n) +
                " images were asked for, expected at least 1");
  }
  if (n < dataset.count) {
    dataset.count = n;
    dataset.images.resize(n * dataset.image_size());
    dataset.labels.resize(n);
  }
  return dataset;
}

}  // namespace floatsd::data
