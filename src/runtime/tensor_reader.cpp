#include "runtime/tensor_reader.h"

#include "core/shape_text.h"
#include "floatsd/core/error.h"

namespace floatsd::runtime {

TensorReader::TensorReader(const Safetensors& file) {
  for (const auto& [name, tensor] : file.tensors) {
    by_name_.emplace(name, &tensor);
  }
}

const RawTensor& TensorReader::take(const std::string& name, const std::string& dtype) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    throw Error("tensor " + name + " is missing");
  }
  ++taken_;
  const RawTensor& tensor = *found->second;
  if (tensor.dtype != dtype) {
    throw Error(name + ": element type " + tensor.dtype + ", expected " + dtype);
  }
  return tensor;
}

void TensorReader::check_shape(const std::string& name, const RawTensor& tensor,
                               const std::vector<int64_t>& expected) {
  if (tensor.shape != expected) {
    throw Error(name + ": shape " + shape_text(tensor.shape) + ", expected " +
                shape_text(expected));
  }
}

void TensorReader::check_all_taken() const {
  if (taken_ != by_name_.size()) {
    throw Error(std::to_string(by_name_.size()) + " tensors, but its program names " +
                std::to_string(taken_));
  }
}

}  // namespace floatsd::runtime
