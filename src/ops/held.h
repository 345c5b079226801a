#pragma once
// Held: what a backward pass needs beside tensors, as something that an autograd context can hold.

#include <torch/csrc/autograd/custom_function.h>

#include <utility>

namespace floatsd::ops {

template <typename T>
struct Held : torch::CustomClassHolder {
  explicit Held(T v) : value(std::move(v)) {}
  T value;
};

template <typename T>
void hold(torch::autograd::AutogradContext* context, T value) {
  context->saved_data["held"] =
      c10::IValue::make_capsule(c10::make_intrusive<Held<T>>(std::move(value)));
}

template <typename T>
const T& held(torch::autograd::AutogradContext* context) {
  return c10::static_intrusive_pointer_cast<Held<T>>(context->saved_data["held"].toCapsule())
      ->value;
}

}  // namespace floatsd::ops
