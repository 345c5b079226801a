#pragma once
// The operators that are translated, by families, each in the file of its name. What each gives is
// said by ONNX's Operators.md; what of it floatsd has, in docs/importing.md.

#include "interchange/onnx/site.h"

namespace floatsd::interchange::onnx {

// convolution.cpp
Activation translate_convolution(const Site& site);
// linear.cpp
Activation translate_gemm(const Site& site);
Activation translate_matmul(const Site& site);
// normalization.cpp
Activation translate_batch_norm(const Site& site);
// activations.cpp
Activation translate_relu(const Site& site);
Activation translate_clip(const Site& site);
Activation translate_max(const Site& site);
Activation translate_min(const Site& site);
// classes.cpp
Activation translate_softmax(const Site& site);
Activation translate_sigmoid(const Site& site);
Activation translate_arg_max(const Site& site);
// arithmetic.cpp
Activation translate_sum(const Site& site);
Activation translate_difference(const Site& site);
Activation translate_product(const Site& site);
Activation translate_quotient(const Site& site);
// concat.cpp
Activation translate_concat(const Site& site);
// pools.cpp
Activation translate_max_pool(const Site& site);
Activation translate_average_pool(const Site& site);
Activation translate_global_average(const Site& site);
Activation translate_global_max(const Site& site);
Activation translate_reduce_mean(const Site& site);
Activation translate_reduce_max(const Site& site);
// parts.cpp
Activation translate_pad(const Site& site);
Activation translate_slice(const Site& site);
// axes.cpp
Activation translate_identity(const Site& site);
Activation translate_cast(const Site& site);
Activation translate_flatten(const Site& site);
Activation translate_reshape(const Site& site);
Activation translate_squeeze(const Site& site);
Activation translate_unsqueeze(const Site& site);
Activation translate_transpose(const Site& site);

}  // namespace floatsd::interchange::onnx
