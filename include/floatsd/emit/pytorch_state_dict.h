#pragma once
// The quantized checkpoint: a state dict like that of a converted model of PyTorch's eager
// quantization, for plain `torch.load(path)`.
//
// For each operator in order, under its name:
//   conv2d  L.weight       quantized tensor of the levels: torch.qint8, or torch.qint32 if the
//                          format has levels beyond 127; float64 scales per channel (axis 0) or
//                          per tensor, zero points 0
//           L.bias         int32 [O], in units of input scale * weight scale
//           L.scale        float32 []: the scale of the layer's output codes
//           L.zero_point   int32 []: their zero point
//   linear  F.scale, F.zero_point       as above
//           F._packed_params.dtype      the weight's type
//           F._packed_params._packed_params   tuple (weight, bias), as above
//   add, concat, global_average_pool, average_pool
//           A.scale, A.zero_point       as above, like PyTorch's FloatFunctional
//   max_pool, flatten, clamp, downsample
//           nothing: scale and zero point are their input's
//
// Without a twin in PyTorch: averages with an output scale of their own (PyTorch's have their
// input's), `downsample`, and layers of qint32, which its kernels do not run.

#include <filesystem>

#include "floatsd/runtime/program.h"

namespace floatsd::emit {

/// Requires a program that runtime::validate accepts. Throws Error if the file cannot be written.
void write_pytorch_state_dict(const runtime::Program& program, const std::filesystem::path& path);

}  // namespace floatsd::emit
