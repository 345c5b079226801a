#include "serialize/wanted_file.h"

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "core/file.h"
#include "floatsd/core/error.h"

namespace floatsd::serialize {
namespace {

bool is_tensors(FileKind kind) {
  return kind == FileKind::kTorchZip || kind == FileKind::kTorchLegacy ||
         kind == FileKind::kCheckpoint || kind == FileKind::kSafetensors || kind == FileKind::kNpz;
}

bool is_described(FileKind kind) {
  constexpr std::array kDescribed = {
      FileKind::kArchitecture, FileKind::kConfig,   FileKind::kMetrics, FileKind::kSweep,
      FileKind::kVectors,      FileKind::kHexLines, FileKind::kCSource, FileKind::kSvg,
      FileKind::kOnnx,         FileKind::kNpy,      FileKind::kEvents,  FileKind::kBaseline,
      FileKind::kJunit,        FileKind::kHtml,     FileKind::kText,    FileKind::kImage};
  return std::find(kDescribed.begin(), kDescribed.end(), kind) != kDescribed.end();
}

bool can_be(FileKind kind, Wanted wanted) {
  switch (wanted) {
    case Wanted::kTensors:
      return is_tensors(kind);
    case Wanted::kCheckpoint:
      return kind == FileKind::kCheckpoint || kind == FileKind::kTorchZip ||
             kind == FileKind::kTorchLegacy;
    case Wanted::kModel:
      return kind == FileKind::kModel;
    case Wanted::kNetwork:
      return kind == FileKind::kModel || is_tensors(kind);
    case Wanted::kDescribed:
      return kind == FileKind::kModel || is_tensors(kind) || is_described(kind);
    case Wanted::kOnnx:
      return kind == FileKind::kOnnx;
  }
  return false;
}

std::string describe(Wanted wanted) {
  const std::string tensors = "named tensors (a state dict of torch.save, safetensors or .npz)";
  const std::string checkpoint = "a floatsd checkpoint (last.pt of a run)";
  const std::string model = "a floatsd model file (model.safetensors of a run)";
  switch (wanted) {
    case Wanted::kTensors:
      return tensors;
    case Wanted::kCheckpoint:
      return checkpoint;
    case Wanted::kModel:
      return model;
    case Wanted::kNetwork:
    case Wanted::kDescribed:
      return "a checkpoint or model file of floatsd's, or " + tensors;
    case Wanted::kOnnx:
      return "an ONNX model";
  }
  return "";
}

/// Empty if there is none.
std::string way_out(FileKind kind, Wanted wanted) {
  if (wanted == Wanted::kOnnx) {
    return is_stand_in(kind) ? way_out(kind) : "";
  }
  if (kind == FileKind::kCheckpoint && wanted == Wanted::kModel) {
    return "`floatsd convert` makes one of a quantized checkpoint";
  }
  if (kind == FileKind::kModel) {
    return "the checkpoint that it was converted from is one";
  }
  if (is_tensors(kind)) {
    return "weights of other programs go to `floatsd train --init` or `floatsd calibrate`";
  }
  const bool takes_tensors = wanted != Wanted::kCheckpoint && wanted != Wanted::kModel;
  const bool helps = takes_tensors || is_stand_in(kind) || kind == FileKind::kOnnx;
  return helps ? way_out(kind) : "";
}

}  // namespace

WantedFile read_wanted(const std::filesystem::path& path, Wanted wanted) {
  std::error_code unreachable;
  if (std::filesystem::is_directory(path, unreachable)) {
    throw Error(path.string() + ": is a folder, expected " + describe(wanted));
  }
  std::string bytes = read_file(path);
  const FileKind kind = file_kind(bytes);
  require_kind(kind, wanted, path);
  return {kind, std::move(bytes)};
}

void require_kind(FileKind kind, Wanted wanted, const std::filesystem::path& path) {
  if (!can_be(kind, wanted)) {
    throw Error(path.string() + ": " + refusal(kind, wanted));
  }
}

std::string refusal(FileKind kind, Wanted wanted) {
  const std::string out = way_out(kind, wanted);
  return "is " + describe(kind) + ", expected " + describe(wanted) +
         (out.empty() ? "" : ": " + out);
}

}  // namespace floatsd::serialize
