#include "interchange/onnx/site.h"

#include <string_view>

namespace floatsd::interchange::onnx {

Activation Site::activation(size_t index) const {
  Activation x = renamed_activation(index);
  need(x.dropped.empty(), "a " + x.dropped +
                              " at the network's end, where it is dropped; others have no integer "
                              "form");
  return x;
}

Activation Site::renamed_activation(size_t index) const {
  need(index < activations.size() && activations[index] != nullptr,
       "an activation as input " + std::to_string(index + 1) + ", found a constant or none");
  return *activations[index];
}

const Tensor& Site::constant(size_t index) const {
  need(is_constant(index), "a constant as input " + std::to_string(index + 1));
  return *constants[index];
}

const Tensor* Site::optional_constant(size_t index) const {
  need(index >= activations.size() || activations[index] == nullptr,
       "a constant as input " + std::to_string(index + 1));
  return index < constants.size() ? constants[index] : nullptr;
}

std::string Site::name() const {
  std::string_view name = node.name;
  if (name.starts_with('/')) {  // PyTorch: /layer1/conv1/Conv
    name.remove_prefix(1);
    const std::string end = "/" + node.op_type;
    if (name.ends_with(end)) {
      name.remove_suffix(end.size());
    }
  }
  return std::string(name);
}

std::string Site::name_of_weight(size_t input) const {
  constexpr std::string_view kEnd = ".weight";
  if (input < node.inputs.size() && node.inputs[input].ends_with(kEnd)) {
    const std::string& weight = node.inputs[input];
    return weight.substr(0, weight.size() - kEnd.size());
  }
  return name();
}

}  // namespace floatsd::interchange::onnx
