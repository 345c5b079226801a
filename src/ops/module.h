#pragma once
// Module: an object that holds tensors by name, as PyTorch's modules do. LibTorch has such a class,
// whose header costs each file that includes it, directly or not, five seconds of compilation.

#include <ATen/core/Tensor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace floatsd::ops {

class Module {
 public:
  using NamedTensors = std::vector<std::pair<std::string, at::Tensor>>;

  Module() = default;
  virtual ~Module() = default;
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  /// What trains, and what does not: the module's own in the order in which they were registered,
  /// then those of its parts, "norm.weight". The tensors are the module's own.
  [[nodiscard]] NamedTensors named_parameters() const;
  [[nodiscard]] NamedTensors named_buffers() const;
  [[nodiscard]] std::vector<at::Tensor> parameters() const;

 protected:
  /// Returns the tensor, which trains from here on.
  at::Tensor register_parameter(const std::string& name, at::Tensor tensor);
  at::Tensor register_buffer(const std::string& name, at::Tensor tensor);
  template <typename T>
  std::shared_ptr<T> register_module(const std::string& name, std::shared_ptr<T> part) {
    parts_.emplace_back(name, part);
    return part;
  }

 private:
  NamedTensors parameters_, buffers_;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> parts_;
};

}  // namespace floatsd::ops
