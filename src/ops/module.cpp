#include "ops/module.h"

namespace floatsd::ops {
namespace {

void append(const std::string& part, const Module::NamedTensors& theirs,
            Module::NamedTensors& all) {
  for (const auto& [name, tensor] : theirs) {
    all.emplace_back(part + "." + name, tensor);
  }
}

}  // namespace

Module::NamedTensors Module::named_parameters() const {
  NamedTensors all = parameters_;
  for (const auto& [name, part] : parts_) {
    append(name, part->named_parameters(), all);
  }
  return all;
}

Module::NamedTensors Module::named_buffers() const {
  NamedTensors all = buffers_;
  for (const auto& [name, part] : parts_) {
    append(name, part->named_buffers(), all);
  }
  return all;
}

std::vector<at::Tensor> Module::parameters() const {
  std::vector<at::Tensor> tensors;
  for (const auto& [name, tensor] : named_parameters()) {
    tensors.push_back(tensor);
  }
  return tensors;
}

at::Tensor Module::register_parameter(const std::string& name, at::Tensor tensor) {
  tensor.set_requires_grad(true);
  parameters_.emplace_back(name, tensor);
  return tensor;
}

at::Tensor Module::register_buffer(const std::string& name, at::Tensor tensor) {
  buffers_.emplace_back(name, tensor);
  return tensor;
}

}  // namespace floatsd::ops
