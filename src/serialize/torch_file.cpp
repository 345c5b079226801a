#include "serialize/torch_file.h"

#include <caffe2/serialize/inline_container.h>

#include <utility>

#include "core/file.h"
#include "serialize/about.h"
#include "serialize/file_kind.h"
#include "serialize/pickle_writer.h"
#include "serialize/torch_archive.h"

namespace floatsd::serialize {
namespace {

/// Lets go of each tensor when it is written.
std::string archive_of(Pickle pickle) {
  std::string bytes;
  size_t expected = pickle.bytes.size();
  for (const at::Tensor& storage : pickle.storages) {
    constexpr size_t kRecord = 512;  // its headers and what aligns it
    expected += storage.nbytes() + kRecord;
  }
  bytes.reserve(expected);  // so that it is not copied while it grows
  // Without a file name the archive calls itself "archive", so that the bytes depend on no path.
  caffe2::serialize::PyTorchStreamWriter writer([&bytes](const void* data, size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  writer.writeRecord("data.pkl", pickle.bytes.data(), pickle.bytes.size());
  writer.writeRecord("byteorder", "little", 6);
  for (size_t i = 0; i < pickle.storages.size(); ++i) {
    const at::Tensor storage = std::exchange(pickle.storages[i], {}).contiguous();
    writer.writeRecord("data/" + std::to_string(i), storage.const_data_ptr(), storage.nbytes());
  }
  writer.writeEndOfFile();
  return bytes;
}

}  // namespace

void save_torch_file(const std::filesystem::path& path, const Value& value) {
  write_file(path, about(path, [&] { return archive_of(write_pickle(value)); }));
}

Value load_torch_file(const std::filesystem::path& path) {
  const std::string file = read_file(path);
  return about(path, [&] { return read_torch(file, file_kind(file)); });
}

}  // namespace floatsd::serialize
