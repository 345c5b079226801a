#pragma once
// The quantized checkpoint: a state dict like that of a converted model of PyTorch's eager
// quantization, for plain `torch.load(path)`.
//
// For each operator in order, under its name:
//   conv2d  L.weight       quantized tensor, torch.qint8: the levels; float64 scales per channel
//                          (axis 0) or per tensor, zero points 0
//           L.bias         int32 [O], in units of input scale * weight scale
//           L.scale        float32 []: the scale of the layer's output codes
//           L.zero_point   int32 []: their zero point
//   linear  F.scale, F.zero_point       as above
//           F._packed_params.dtype      torch.qint8
//           F._packed_params._packed_params   tuple (weight, bias), as above
//   add, global_average_pool
//           A.scale, A.zero_point       as above, like PyTorch's FloatFunctional
//   downsample   nothing: its codes are its input's

#include <filesystem>

#include "floatsd/runtime/program.h"

namespace floatsd::emit {

/// Whether qint8 holds all levels of the program's formats.
bool fits_pytorch(const runtime::Program& program);

/// Requires a program that runtime::validate accepts. Throws Error if a format does not fit, or
/// the file cannot be written.
void write_pytorch_state_dict(const runtime::Program& program, const std::filesystem::path& path);

}  // namespace floatsd::emit
