#include "format_costs.h"

#include "floatsd/nn/zoo.h"

namespace floatsd::app {

int64_t count_weights(const std::string& network) {
  int64_t count = 0;
  for (const auto& [name, layer] : nn::make_network(network).layers()) {
    count += layer->weight.numel();
  }
  return count;
}

int64_t stored_bytes(const Codebook& codebook, int64_t weights) {
  return (weights * codebook.bits + 7) / 8;
}

}  // namespace floatsd::app
