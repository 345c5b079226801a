#include "tensor_reader.h"

#include "floatsd/core/error.h"

namespace floatsd::runtime {

bool TensorReader::has(const std::string& name) const {
  return std::any_of(file_.tensors.begin(), file_.tensors.end(),
                     [&](const auto& tensor) { return tensor.first == name; });
}

const RawTensor& TensorReader::take(const std::string& name, const std::string& dtype) {
  for (const auto& [key, tensor] : file_.tensors) {
    if (key == name) {
      ++taken_;
      if (tensor.dtype != dtype) {
        throw Error(name + ": element type " + tensor.dtype + ", expected " + dtype);
      }
      return tensor;
    }
  }
  throw Error("tensor " + name + " is missing");
}

void TensorReader::check_all_taken() const {
  if (taken_ != file_.tensors.size()) {
    throw Error(std::to_string(file_.tensors.size()) + " tensors, but its program names " +
                std::to_string(taken_));
  }
}

}  // namespace floatsd::runtime
