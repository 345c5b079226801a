#include "count_weights.h"

#include "floatsd/nn/graph.h"

namespace floatsd::app {

int64_t count_weights(const nn::Architecture& architecture) {
  int64_t count = 0;
  for (const auto& [name, layer] : nn::Graph(architecture).layers()) {
    count += layer->weight.numel();
  }
  return count;
}

}  // namespace floatsd::app
