#pragma once
// ONNX in and out: a float network that another program trained, as a checkpoint that every stage
// goes on from; and a float checkpoint as ONNX. (The integer network as ONNX: emit/onnx.h.)

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "floatsd/core/activation_shape.h"
#include "floatsd/train/checkpoint.h"

namespace floatsd::interchange {

/// How an ONNX model is read.
struct OnnxImport {
  /// [C, H, W] of one image, if the model leaves it open or reads rows of features.
  std::optional<ActivationShape> input_shape;
  /// The network reads (x - mean) / deviation of x between 0 and input_scale: 1 if nothing says
  /// otherwise, 255 for raw bytes. One mean and deviation for all channels, or one for each; empty:
  /// 0 and 1, or what a model of floatsd's says.
  std::optional<double> input_scale;
  std::vector<double> mean, deviation;
};

struct ImportedNetwork {
  train::Checkpoint checkpoint;      ///< float; its network has the file's name
  std::vector<std::string> remarks;  ///< what was left out
};

/// The network of an ONNX model of opsets 7 to 22 (docs/importing.md has the operators). Throws
/// Error, one line that begins with the path: on a file that is no such model, is damaged or
/// contradicts itself; and with all of its nodes that floatsd has no form of, and what would be
/// needed.
ImportedNetwork import_onnx(const std::filesystem::path& path, const OnnxImport& options = {});

/// The same of a file's content; `path` names the file in errors, and its folder has the external
/// data.
ImportedNetwork import_onnx(std::string_view bytes, const std::filesystem::path& path,
                            const OnnxImport& options = {});

/// Writes the network of a float checkpoint as ONNX (opset 17), layer by layer with its batch
/// norms:
///
///   input  float [N, C, H, W]: (byte / 255 - mean) / std
///   output float [N, classes]
///
/// The model's metadata has `input_shape`, `mean`, `std` and `classes`, and import_onnx gives the
/// same weights back. Throws Error naming the network if the checkpoint is not one of float32 or
/// two values would have one name, and naming the path if the file cannot be written or would have
/// 2 GiB.
void export_onnx(const train::Checkpoint& checkpoint, const std::filesystem::path& path);

}  // namespace floatsd::interchange
