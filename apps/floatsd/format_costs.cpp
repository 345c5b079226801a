#include "format_costs.h"

#include "floatsd/nn/graph.h"

namespace floatsd::app {

int64_t count_weights(const nn::Architecture& architecture) {
  int64_t count = 0;
  for (const auto& [name, layer] : nn::Graph(architecture).layers()) {
    count += layer->weight.numel();
  }
  return count;
}

int64_t stored_bytes(const Codebook& codebook, int64_t weights) {
  return (weights * codebook.bits + 7) / 8;
}

}  // namespace floatsd::app
