#pragma once
// ONNX: the integer network as a model of the ONNX standard (opset 17, IR version 8), for
// onnxruntime and the tools around it (docs/onnx.md).

#include <filesystem>

#include "floatsd/runtime/program.h"

namespace floatsd::emit {

/// What the network's operators become.
enum class OnnxStyle {
  kInteger,  ///< ConvInteger, MatMulInteger: equal to the interpreter in every code of every layer
  kQdq,      ///< float operators between QuantizeLinear and DequantizeLinear
  kQonnx,    ///< float operators between QONNX's Quant and FloatQuant
};

/// The names by which people choose them: "integer", "qdq", "qonnx"; in the order of the enum.
inline constexpr const char* kOnnxStyles[] = {"integer", "qdq", "qonnx"};

/// Writes the network as `style` has it. Any number of images N is read:
///
///   kInteger      input  uint8 [N, C, H, W]: pixel bytes
///   kQdq, kQonnx  input  float [N, C, H, W]: (byte / 255 - mean) / std
///   all           output float [N, classes], the real values of the last operator's codes
///
/// The last operator's output is [N, C, H, W] if that is an image. Under an operator's name lie its
/// output codes (kInteger, kQdq: uint8) or their real values (kQonnx). The model's metadata has, as
/// JSON texts, `input_shape`, and as far as the program knows them `mean`, `std` and `classes`.
/// Requires a program that
/// runtime::validate accepts. Throws Error, one line that begins with the operator's name, if the
/// style has no form of an operator or of a weight format, or two values would have one name; Error
/// naming the path if the file cannot be written or would have 2 GiB.
void write_onnx(const runtime::Program& program, OnnxStyle style,
                const std::filesystem::path& path);

}  // namespace floatsd::emit
