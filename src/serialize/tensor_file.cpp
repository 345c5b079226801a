#include "serialize/tensor_file.h"

#include <array>

#include "core/safetensors.h"
#include "floatsd/core/error.h"
#include "serialize/about.h"
#include "serialize/npz.h"
#include "serialize/raw_tensor.h"
#include "serialize/torch_archive.h"

namespace floatsd::serialize {
namespace {

struct SafetensorsType {
  std::string_view name;
  at::ScalarType type;
};
constexpr std::array kSafetensorsTypes = {
    SafetensorsType{"F64", at::kDouble}, SafetensorsType{"F32", at::kFloat},
    SafetensorsType{"F16", at::kHalf},   SafetensorsType{"BF16", at::kBFloat16},
    SafetensorsType{"I64", at::kLong},   SafetensorsType{"I32", at::kInt},
    SafetensorsType{"I16", at::kShort},  SafetensorsType{"I8", at::kChar},
    SafetensorsType{"U8", at::kByte},    SafetensorsType{"BOOL", at::kBool}};

Value to_value(const RawTensor& tensor) {
  const auto* known =
      std::find_if(kSafetensorsTypes.begin(), kSafetensorsTypes.end(),
                   [&](const SafetensorsType& type) { return type.name == tensor.dtype; });
  return known == kSafetensorsTypes.end()
             ? Value(Opaque{.name = "a tensor of " + tensor.dtype})
             : Value(raw_tensor(known->type, tensor.shape, tensor.bytes));
}

Dict read_tensors(std::string_view file) {
  Dict dict;
  for (const auto& [name, tensor] : read_safetensors(file).tensors) {
    dict.entries.push_back({name, to_value(tensor)});
  }
  return dict;
}

Value read(std::string_view file, FileKind kind) {
  switch (kind) {
    case FileKind::kSafetensors:
      return read_tensors(file);
    case FileKind::kNpz: {
      ZipReader zip(file);
      return read_npz(zip);
    }
    default:
      return read_torch(file, kind);
  }
}

}  // namespace

Value parse_tensor_file(const WantedFile& file, const std::filesystem::path& path) {
  return about(path, [&] { return read(file.bytes, file.kind); });
}

Value load_tensor_file(const std::filesystem::path& path) {
  return parse_tensor_file(read_wanted(path, Wanted::kTensors), path);
}

}  // namespace floatsd::serialize
