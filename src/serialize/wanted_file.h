#pragma once
// Wanted file: a file that somebody names for a purpose, read if its kind can serve it.

#include <filesystem>
#include <string>

#include "serialize/file_kind.h"

namespace floatsd::serialize {

enum class Wanted {
  kTensors,     ///< named tensors in any container, a checkpoint of floatsd's included
  kCheckpoint,  ///< a checkpoint of floatsd's
  kModel,       ///< a model file of floatsd's
  kNetwork,     ///< any of these
  kDescribed,   ///< these, and what else `floatsd inspect` may know
  kOnnx,        ///< an ONNX model
};

struct WantedFile {
  FileKind kind;
  std::string bytes;
};

/// The content of the file at `path`. Throws Error if it cannot be read, and if its kind cannot be
/// what is wanted: "PATH: is WHAT, expected WANTED", with the way out if there is one. A file of
/// torch.save can be a checkpoint; whether it is one shows only when it is parsed.
WantedFile read_wanted(const std::filesystem::path& path, Wanted wanted);

/// Throws as read_wanted does if a file of that kind cannot be what is wanted.
void require_kind(FileKind kind, Wanted wanted, const std::filesystem::path& path);

/// How a file of that kind is refused, to stand behind a path: "is WHAT, expected WANTED: WAY OUT".
std::string refusal(FileKind kind, Wanted wanted);

}  // namespace floatsd::serialize
