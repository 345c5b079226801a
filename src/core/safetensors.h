#pragma once
// Safetensors: named tensors of raw bytes behind a JSON header
// (https://github.com/huggingface/safetensors, format section). Model files are such files, and so
// are many float checkpoints.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace floatsd {

struct RawTensor {
  std::string dtype;  ///< "U8", "I8", "I32", "F32" ...
  std::vector<int64_t> shape;
  std::string bytes;  ///< row-major, little endian
};

struct Safetensors {
  std::map<std::string, std::string> metadata;
  std::vector<std::pair<std::string, RawTensor>> tensors;  ///< in the order of the header
};

/// The file's bytes: an 8-byte little-endian header length, the header, the tensors back to back.
std::string write_safetensors(const Safetensors& file);

/// Throws Error (without the path) if the bytes are no such file: lengths that do not fit,
/// offsets with gaps or overlaps, a size that does not follow from dtype and shape.
Safetensors read_safetensors(std::string_view bytes);

}  // namespace floatsd
