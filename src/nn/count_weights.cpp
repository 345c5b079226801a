#include "nn/count_weights.h"

#include "floatsd/nn/graph.h"
#include "nn/layer.h"

namespace floatsd::nn {

int64_t count_weights(const Architecture& architecture) {
  int64_t count = 0;
  for (const auto& [name, layer] : Graph(architecture).layers()) {
    count += layer->weight.numel();
  }
  return count;
}

}  // namespace floatsd::nn
