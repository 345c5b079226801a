#pragma once
// File kind: what a file is that someone gives as weights or as a model, by its content. Every
// command that takes such a file asks here.

#include <string>
#include <string_view>

namespace floatsd::serialize {

enum class FileKind {
  // Read:
  kTorchZip,     ///< of torch.save, or a zip archive whose directory cannot be read
  kTorchLegacy,  ///< of torch.save before version 1.6, or without its zip format
  kCheckpoint,   ///< a checkpoint of floatsd's, which is such a zip archive
  kSafetensors,  ///< with tensors of any kind
  kModel,        ///< a model file of floatsd's, which is a safetensors file too
  kNpz,          ///< NumPy arrays by name
  // Written by floatsd, and described by `floatsd inspect`:
  kArchitecture,  ///< a network's architecture in JSON, by whomever
  kConfig,        ///< TOML of keys and values alone, by whomever
  kMetrics,       ///< metrics.jsonl of a run
  kSweep,         ///< sweep.json
  kVectors,       ///< index.json of golden vectors
  kHexLines,      ///< a tensor of golden vectors for $readmemh
  kCSource,       ///< C of an integer network
  kSvg,
  kEvents,    ///< TensorBoard's events of a training, by whomever
  kBaseline,  ///< of `floatsd check`
  kJunit,     ///< what `floatsd check` found
  // Known, so that they can be named:
  kTorchScript,
  kExportedProgram,
  kPickle,
  kNpy,
  kOnnx,
  kTflite,
  kSavedModel,
  kHdf5,
  kKeras,
  kGguf,
  kImage,
  kGitLfsPointer,
  kHtml,
  kTar,
  kCompressed,
  kOtherZip,
  kText,
  kEmpty,
  kUnknown,
};

/// By the first bytes, and in a zip archive by the names of its records.
FileKind file_kind(std::string_view bytes);

/// What such a file is, to stand behind "is": "an HTML page, as a failed download leaves it".
std::string describe(FileKind kind);

/// Whether such a file is not what somebody meant, but stands for that file or contains it.
bool is_stand_in(FileKind kind);

/// How to get from such a file to the one that it stands for, or to a state dict of what it holds,
/// to stand behind ": "; empty if there is no way.
std::string way_out(FileKind kind);

/// What a network is that was saved with its code, and the way out, to stand behind a path.
std::string whole_network(const std::string& class_name);

}  // namespace floatsd::serialize
