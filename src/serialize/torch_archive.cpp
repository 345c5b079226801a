#include "serialize/torch_archive.h"

#include "floatsd/core/error.h"
#include "serialize/legacy_torch.h"
#include "serialize/pickle_reader.h"
#include "serialize/wanted_file.h"
#include "serialize/zip_reader.h"

namespace floatsd::serialize {
namespace {

Value read_zip(std::string_view file) {
  ZipReader zip(file);
  const std::string folder = zip.folder_of("data.pkl");
  if (zip.contains(folder + "byteorder") && zip.read(folder + "byteorder") != "little") {
    throw Error("byte order is '" + std::string(zip.read(folder + "byteorder")) +
                "', expected 'little': save it again on a little-endian machine");
  }
  return read_pickle(zip.read(folder + "data.pkl"), [&](const std::string& key, uint64_t) {
    return zip.read(folder + "data/" + key);
  });
}

}  // namespace

Value read_torch(std::string_view file, FileKind kind) {
  const bool is_zip = kind == FileKind::kTorchZip || kind == FileKind::kCheckpoint;
  if (!is_zip && kind != FileKind::kTorchLegacy) {
    throw Error(refusal(kind, Wanted::kTensors));
  }
  Value value = is_zip ? read_zip(file) : read_legacy_torch(file);
  if (const auto* opaque = value.get_if<Opaque>(); opaque != nullptr && opaque->is_module) {
    throw Error(whole_network(opaque->name));
  }
  return value;
}

}  // namespace floatsd::serialize
