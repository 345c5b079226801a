#pragma once
// A tensor from a file into a network: the one place that checks what it holds.

#include <ATen/core/Tensor.h>

#include <string>

namespace floatsd::train {

/// "[16, 1, 5, 5]".
std::string shape_text(const at::Tensor& tensor);

/// Copies `value` into `into`, a parameter or buffer of the network. Throws Error beginning with
/// `where` on another shape (both are said), on a tensor of integers, and on a value that is not
/// finite.
void assign(const std::string& where, const at::Tensor& value, const at::Tensor& into);

/// The same of a range's end, which is infinite until it has observed something.
void assign_range(const std::string& where, const at::Tensor& value, const at::Tensor& into);

}  // namespace floatsd::train
