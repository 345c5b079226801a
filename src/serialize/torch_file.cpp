#include "floatsd/serialize/torch_file.h"

#include <c10/util/Exception.h>
#include <caffe2/serialize/inline_container.h>

#include "floatsd/core/error.h"
#include "floatsd/core/file.h"
#include "pickle_reader.h"
#include "pickle_writer.h"
#include "zip_reader.h"

namespace floatsd::serialize {
namespace {

std::string archive_of(const Pickle& pickle) {
  std::string bytes;
  // Without a file name the archive calls itself "archive", so that the bytes depend on no path.
  caffe2::serialize::PyTorchStreamWriter writer([&bytes](const void* data, size_t size) {
    bytes.append(static_cast<const char*>(data), size);
    return size;
  });
  writer.writeRecord("data.pkl", pickle.bytes.data(), pickle.bytes.size());
  writer.writeRecord("byteorder", "little", 6);
  for (size_t i = 0; i < pickle.storages.size(); ++i) {
    const at::Tensor& storage = pickle.storages[i];
    writer.writeRecord("data/" + std::to_string(i), storage.const_data_ptr(), storage.nbytes());
  }
  writer.writeEndOfFile();
  return bytes;
}

/// What torch.save wrote before version 1.6 begins with this pickled number.
bool is_legacy(std::string_view file) {
  return file.starts_with("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19");
}

Value read_archive(std::string_view file) {
  if (is_legacy(file)) {
    throw Error(
        "was written by torch.save before version 1.6 or without its zip format, "
        "expected the zip format: load and save it again");
  }
  const ZipReader zip(file);
  const std::string folder = zip.folder();
  if (zip.contains(folder + "constants.pkl")) {
    throw Error("is a TorchScript archive, expected a file that torch.save wrote");
  }
  if (zip.contains(folder + "byteorder") && zip.read(folder + "byteorder") != "little") {
    throw Error("byte order is '" + std::string(zip.read(folder + "byteorder")) +
                "', expected 'little'");
  }
  return read_pickle(zip.read(folder + "data.pkl"),
                     [&](const std::string& key) { return zip.read(folder + "data/" + key); });
}

/// Runs `work`, and puts the path before what went wrong.
template <typename Work>
auto about(const std::filesystem::path& path, Work work) {
  try {
    return work();
  } catch (const Error& error) {
    throw Error(path.string() + ": " + error.what());
  } catch (const c10::Error& error) {  // its own text has a stack trace: the first line is enough
    const std::string text = error.what_without_backtrace();
    throw Error(path.string() + ": " + text.substr(0, text.find('\n')));
  }
}

}  // namespace

void save_torch_file(const std::filesystem::path& path, const Value& value) {
  write_file(path, about(path, [&] { return archive_of(write_pickle(value)); }));
}

Value load_torch_file(const std::filesystem::path& path) {
  const std::string file = read_file(path);
  return about(path, [&] { return read_archive(file); });
}

}  // namespace floatsd::serialize
