#include "serialize/file_kind.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <utility>

#include "floatsd/core/error.h"
#include "serialize/legacy_torch.h"
#include "serialize/zip_reader.h"

namespace floatsd::serialize {
namespace {

using namespace std::string_view_literals;

struct Description {
  FileKind kind;
  std::string_view what, way_out;
};

constexpr std::array kDescriptions = {
    Description{FileKind::kTorchZip, "a file of torch.save", ""},
    Description{FileKind::kTorchLegacy, "a file of torch.save's old format", ""},
    Description{FileKind::kCheckpoint, "a floatsd checkpoint", ""},
    Description{FileKind::kSafetensors, "a safetensors file of tensors alone", ""},
    Description{FileKind::kModel, "a floatsd model file", ""},
    Description{FileKind::kNpz, "a NumPy .npz file", ""},
    Description{FileKind::kArchitecture, "an architecture in JSON", ""},
    Description{FileKind::kConfig, "a config in TOML", ""},
    Description{FileKind::kMetrics, "the metrics of a training", ""},
    Description{FileKind::kSweep, "the results of a sweep", ""},
    Description{FileKind::kVectors, "the index of golden vectors", ""},
    Description{FileKind::kHexLines, "numbers in hex for $readmemh", ""},
    Description{FileKind::kCSource, "C of an integer network", ""},
    Description{FileKind::kSvg, "a picture in SVG", ""},
    Description{FileKind::kEvents, "events for TensorBoard", ""},
    Description{FileKind::kBaseline, "a baseline of floatsd check", ""},
    Description{FileKind::kJunit, "JUnit's XML", ""},
    Description{FileKind::kTorchScript, "a TorchScript archive",
                "in Python, torch.save(torch.jit.load(PATH).state_dict(), NEW) makes a state dict"},
    Description{
        FileKind::kExportedProgram, "a program of torch.export (.pt2)",
        "in Python, torch.save(torch.export.load(PATH).state_dict, NEW) makes a state dict"},
    Description{FileKind::kPickle, "a pickle that torch.save did not write",
                "in Python, torch.save(model.state_dict(), NEW) makes a state dict"},
    Description{FileKind::kNpy, "a single NumPy array (.npy)",
                "in Python, numpy.savez(NEW, **arrays_by_name) keeps the names"},
    Description{FileKind::kOnnx, "an ONNX model",
                "`floatsd import NET.onnx -o NET.pt` makes a checkpoint of it"},
    Description{FileKind::kTflite, "a TensorFlow Lite model", ""},
    Description{FileKind::kSavedModel, "a TensorFlow SavedModel", ""},
    Description{FileKind::kHdf5, "an HDF5 file (Keras .h5)", ""},
    Description{FileKind::kKeras, "a Keras model (.keras)", ""},
    Description{FileKind::kGguf, "a GGUF file", ""},
    Description{FileKind::kImage, "an image", ""},
    Description{FileKind::kGitLfsPointer, "a Git LFS pointer, not the file that it stands for",
                "`git lfs pull` gets that file"},
    Description{FileKind::kHtml, "an HTML page, as a failed download leaves it",
                "download the file itself (on GitHub: the link named Raw)"},
    Description{FileKind::kTar, "a tar archive",
                "unpack it with `tar -xf` first (torch.save before version 0.1.10 wrote one too)"},
    Description{FileKind::kCompressed, "a compressed file",
                "unpack it first (gunzip, unxz, unzstd)"},
    Description{FileKind::kOtherZip, "a zip archive, but none that torch.save or NumPy wrote",
                "if the file lies in it, unpack it first"},
    Description{FileKind::kText, "a text file", ""},
    Description{FileKind::kEmpty, "an empty file", "copy or download it again"},
    Description{FileKind::kUnknown, "of no kind that is known here", ""},
};

const Description& description(FileKind kind) {
  return *std::find_if(kDescriptions.begin(), kDescriptions.end(),
                       [kind](const Description& d) { return d.kind == kind; });
}

/// Whether the pickle is a dict whose first key is floatsd's own.
bool is_checkpoint(std::string_view pickle) {
  const std::string_view begin = pickle.substr(0, 64);
  return begin.find("\x07\0\0\0floatsd"sv) != std::string_view::npos ||
         begin.find(
             "\x8c\x07"
             "floatsd"sv) != std::string_view::npos;
}

FileKind zip_kind(std::string_view bytes) {
  try {
    ZipReader zip(bytes);
    const auto has = [&](std::string_view name) {
      return zip.contains(zip.folder_of(name) + std::string(name));
    };
    const auto ends = [&](std::string_view end) {
      return std::any_of(zip.records().begin(), zip.records().end(),
                         [end](const auto& record) { return record.first.ends_with(end); });
    };
    if (has("serialized_exported_program.json") || ends("models/model.json") ||
        has("archive_format")) {
      return FileKind::kExportedProgram;
    }
    if (has("data.pkl")) {
      const std::string folder = zip.folder_of("data.pkl");
      if (zip.contains(folder + "constants.pkl")) {
        return FileKind::kTorchScript;
      }
      return is_checkpoint(zip.read(folder + "data.pkl")) ? FileKind::kCheckpoint
                                                          : FileKind::kTorchZip;
    }
    if (ends(".npy")) {
      return FileKind::kNpz;
    }
    return ends(".weights.h5") ? FileKind::kKeras : FileKind::kOtherZip;
  } catch (const Error&) {
    return FileKind::kTorchZip;  // whose reader says what is wrong with the archive
  }
}

/// Whether the JSON has that string under that key, at any depth.
bool has_entry(std::string_view json, std::string_view key, std::string_view value) {
  for (size_t at = json.find(key); at != std::string_view::npos; at = json.find(key, at + 1)) {
    std::string_view rest = json.substr(at + key.size());
    rest.remove_prefix(std::min(rest.find_first_not_of(" \t\r\n:"), rest.size()));
    if (rest.starts_with(value)) {
      return true;
    }
  }
  return false;
}

/// Its header's length stands before it.
bool is_safetensors(std::string_view bytes) {
  constexpr uint64_t kLongestHeader = 100'000'000;  // the format's own limit
  uint64_t length = 0;
  if (bytes.size() < sizeof length + 2 || bytes[sizeof length] != '{') {
    return false;
  }
  std::memcpy(&length, bytes.data(), sizeof length);
  return length <= kLongestHeader;
}

/// Protobuf: field 1, the version, is a small number; then comes a field of a length.
bool is_protobuf(std::string_view bytes) {
  return bytes.size() > 3 && bytes[0] == 0x08 && bytes[1] > 0 && bytes[1] < 32 &&
         (bytes[2] & 7) == 2 && bytes[2] > 0x08 && bytes[2] < 0x78;
}

bool is_text(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<uint8_t>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t';
  });
}

/// Whether each line satisfies `is_one`; a last line may be cut off, and is not asked.
template <typename Predicate>
bool all_lines(std::string_view text, const Predicate& is_one) {
  for (size_t end = 0; (end = text.find('\n')) != std::string_view::npos;) {
    if (!is_one(text.substr(0, end))) {
      return false;
    }
    text.remove_prefix(end + 1);
  }
  return true;
}

bool is_hex_line(std::string_view line) {
  return !line.empty() && line.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// A comment, a key before a value, or a list that goes on.
bool is_config_line(std::string_view line) {
  constexpr std::string_view kKey = "abcdefghijklmnopqrstuvwxyz0123456789-";
  const size_t key_end = line.find_first_not_of(kKey);
  return line.empty() || std::string_view("# \"]").find(line[0]) != std::string_view::npos ||
         (key_end != std::string_view::npos && key_end > 0 &&
          line.substr(key_end).starts_with(" = "));
}

FileKind text_kind(std::string_view text) {
  constexpr size_t kBegin = 4096;
  const std::string_view begin = text.substr(0, kBegin);
  const std::string_view line = begin.substr(0, begin.find('\n'));
  const auto has = [&](std::string_view what) { return text.find(what) != std::string_view::npos; };
  if (begin.starts_with("<svg ")) {
    return FileKind::kSvg;
  }
  if (line.starts_with("/* ") && begin.find("floatsd") < begin.find("*/")) {
    return FileKind::kCSource;
  }
  if (line.starts_with("{\"epoch\":") && line.ends_with('}')) {
    return FileKind::kMetrics;
  }
  if (has_entry(begin, "\"format\"", "\"floatsd vectors\"")) {
    return FileKind::kVectors;
  }
  if (begin.starts_with('{') && begin.find("\"floatsd_baseline\"") != std::string_view::npos) {
    return FileKind::kBaseline;
  }
  if (begin.starts_with("{\n  \"runs\":")) {
    return FileKind::kSweep;
  }
  if (begin.starts_with('{') && has("\"input\"") && has("\"nodes\"")) {
    return FileKind::kArchitecture;
  }
  if (line.size() < begin.size() && all_lines(begin, is_hex_line)) {
    return FileKind::kHexLines;
  }
  const bool has_key = begin.find(" = ") != std::string_view::npos;  // comments alone are text
  return has_key && line.size() < begin.size() && all_lines(begin, is_config_line)
             ? FileKind::kConfig
             : FileKind::kText;
}

/// A TFRecord whose event is a file's first: 8 bytes of length, 4 of checksum, a time, the version.
bool is_events(std::string_view bytes) {
  constexpr size_t kVersionBegins = 12, kVersionEnds = 64;
  return bytes.size() > kVersionBegins &&
         bytes.substr(kVersionBegins, kVersionEnds).find("brain.Event:") != std::string_view::npos;
}

bool is_junit(std::string_view bytes) {
  constexpr size_t kBegin = 256;
  return bytes.starts_with("<?xml") &&
         bytes.substr(0, kBegin).find("<testsuite") != std::string_view::npos;
}

bool is_html(std::string_view bytes) {
  bytes.remove_prefix(bytes.starts_with("\xEF\xBB\xBF") ? 3 : 0);
  bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
  std::string begin(bytes.substr(0, 14));
  std::transform(begin.begin(), begin.end(), begin.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return begin.starts_with("<!doctype html") || begin.starts_with("<html") ||
         begin.starts_with("<head") || begin.starts_with("<!--") || begin.starts_with("<?xml");
}

bool is_tar(std::string_view bytes) {
  constexpr size_t kMagicBegins = 257;
  return bytes.size() > kMagicBegins && bytes.substr(kMagicBegins).starts_with("ustar");
}

bool is_tflite(std::string_view bytes) { return bytes.size() > 8 && bytes.substr(4, 4) == "TFL3"; }

/// Of one of the protocols that have a beginning.
bool is_pickle(std::string_view bytes) {
  return bytes.size() > 1 && bytes[0] == '\x80' && bytes[1] >= 2 && bytes[1] <= 5;
}

FileKind safetensors_kind(std::string_view bytes) {
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  return has_entry(bytes.substr(sizeof length, length), "\"format\"", "\"floatsd\"")
             ? FileKind::kModel
             : FileKind::kSafetensors;
}

/// Of files whose first bytes are of no other kind.
std::optional<FileKind> kind_by_beginning(std::string_view bytes) {
  constexpr std::pair<std::string_view, FileKind> kBeginnings[] = {
      {"\x93NUMPY"sv, FileKind::kNpy},
      {"\x89HDF\r\n\x1a\n"sv, FileKind::kHdf5},
      {"GGUF"sv, FileKind::kGguf},
      {"version https://git-lfs"sv, FileKind::kGitLfsPointer},
      {"\x89PNG\r\n\x1a\n"sv, FileKind::kImage},
      {"\xff\xd8\xff"sv, FileKind::kImage},
      {"GIF8"sv, FileKind::kImage},
      {"\x1f\x8b"sv, FileKind::kCompressed},
      {"BZh"sv, FileKind::kCompressed},
      {"\xfd\x37zXZ\0"sv, FileKind::kCompressed},
      {"\x28\xb5\x2f\xfd"sv, FileKind::kCompressed},
      {"7z\xbc\xaf\x27\x1c"sv, FileKind::kCompressed},
      {"Rar!\x1a"sv, FileKind::kCompressed},
  };
  for (const auto& [beginning, kind] : kBeginnings) {
    if (bytes.starts_with(beginning)) {
      return kind;
    }
  }
  return std::nullopt;
}

/// Of files that are told by more; the surer tests come first.
std::optional<FileKind> kind_by_form(std::string_view bytes) {
  constexpr std::pair<bool (*)(std::string_view), FileKind> kForms[] = {
      {is_legacy_torch, FileKind::kTorchLegacy},
      {is_tflite, FileKind::kTflite},
      {is_tar, FileKind::kTar},
      {is_events, FileKind::kEvents},
      {is_junit, FileKind::kJunit},
      {is_html, FileKind::kHtml},
      {is_pickle, FileKind::kPickle},
  };
  for (const auto& [is_it, kind] : kForms) {
    if (is_it(bytes)) {
      return kind;
    }
  }
  return std::nullopt;
}

}  // namespace

FileKind file_kind(std::string_view bytes) {
  constexpr size_t kBegin = 4096;
  if (bytes.empty()) {
    return FileKind::kEmpty;
  }
  if (bytes.starts_with("PK\3\4") || bytes.starts_with("PK\5\6")) {
    return zip_kind(bytes);
  }
  if (is_safetensors(bytes)) {
    return safetensors_kind(bytes);
  }
  for (const auto kind_by : {kind_by_beginning, kind_by_form}) {
    if (const std::optional<FileKind> kind = kind_by(bytes)) {
      return *kind;
    }
  }
  if (is_protobuf(bytes)) {
    return bytes[1] == 1 ? FileKind::kSavedModel : FileKind::kOnnx;
  }
  return is_text(bytes.substr(0, kBegin)) ? text_kind(bytes) : FileKind::kUnknown;
}

std::string describe(FileKind kind) { return std::string(description(kind).what); }

bool is_stand_in(FileKind kind) {
  constexpr std::array kStandIns = {FileKind::kGitLfsPointer, FileKind::kHtml,
                                    FileKind::kTar,           FileKind::kCompressed,
                                    FileKind::kOtherZip,      FileKind::kEmpty};
  return std::find(kStandIns.begin(), kStandIns.end(), kind) != kStandIns.end();
}

std::string way_out(FileKind kind) { return std::string(description(kind).way_out); }

std::string whole_network(const std::string& class_name) {
  return "holds a whole network with its code, '" + class_name +
         "': in Python, torch.save(model.state_dict(), NEW) makes a state dict";
}

}  // namespace floatsd::serialize
