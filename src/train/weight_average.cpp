#include "train/weight_average.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "core/refuse.h"

namespace floatsd::train {

WeightAverage::WeightAverage(const std::vector<std::pair<std::string, at::Tensor>>& network,
                             double decay)
    : decay_(decay) {
  for (const auto& [name, tensor] : network) {
    if (tensor.is_floating_point()) {
      network_.emplace_back(name, tensor.detach());
    }
  }
}

void WeightAverage::update() {
  const auto n = static_cast<double>(updates_);
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  for (size_t i = 0; i < network_.size(); ++i) {
    const at::Tensor& value = network_[i].second;
    if (updates_ == 0) {
      other_.push_back(value.clone());
      continue;
    }
    at::Tensor& average = other_[i];
    average = at::where(average.isfinite(), average.lerp(value, 1 - decay), value);
  }
  ++updates_;
}

void WeightAverage::swap() {
  for (size_t i = 0; i < other_.size(); ++i) {
    const at::Tensor own = network_[i].second.clone();
    network_[i].second.copy_(other_[i]);
    other_[i] = own;
  }
}

serialize::Value WeightAverage::state() const {
  serialize::Dict network;
  for (size_t i = 0; i < other_.size(); ++i) {
    network.add(network_[i].first, other_[i]);
  }
  serialize::Dict state;
  state.add("updates", updates_);
  state.add("network", std::move(network));
  return state;
}

void WeightAverage::load_state(const serialize::Field& state) {
  const int64_t updates = state["updates"].integer();
  const serialize::Field network = state["network"];
  const size_t expected = updates == 0 ? 0 : network_.size();
  require(network.size() == expected, network.where() + ": " + std::to_string(network.size()) +
                                          " tensors, expected " + std::to_string(expected));
  std::vector<at::Tensor> loaded;
  for (size_t i = 0; i < expected; ++i) {
    const auto& [name, tensor] = network_[i];
    const at::Tensor& saved = network[name].tensor();
    require(saved.sizes() == tensor.sizes() && saved.scalar_type() == tensor.scalar_type(),
            network[name].where() + ": not a tensor of the network's shape");
    loaded.push_back(at::empty_like(tensor).copy_(saved));
  }
  updates_ = updates;
  other_ = std::move(loaded);
}

}  // namespace floatsd::train
