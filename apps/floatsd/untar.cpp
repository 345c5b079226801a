#include "untar.h"

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <memory>
#include <new>
#include <vector>

#include "floatsd/core/error.h"

namespace floatsd::app {
namespace {

constexpr size_t kPiece = size_t{1} << 20;

/// An archive in memory, read from its beginning to its end.
class Reader {
 public:
  Reader(std::string_view bytes, const std::string& where)
      : where_(where), archive_(::archive_read_new(), ::archive_read_free), piece_(kPiece) {
    if (archive_ == nullptr) {
      throw std::bad_alloc();
    }
    require(::archive_read_support_filter_gzip(archive_.get()));
    require(::archive_read_support_format_tar(archive_.get()));
    require(::archive_read_open_memory(archive_.get(), bytes.data(), bytes.size()));
  }

  /// The next entry; null at the end.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = ::archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) {
      return nullptr;
    }
    require(status);
    return entry;
  }

  /// The content of the entry that came last.
  std::string content() {
    std::string all;
    while (true) {
      const la_ssize_t count = ::archive_read_data(archive_.get(), piece_.data(), piece_.size());
      if (count < 0) {
        fail();
      }
      if (count == 0) {
        return all;
      }
      all.append(piece_.data(), static_cast<size_t>(count));
    }
  }

 private:
  void require(int status) {
    if (status < ARCHIVE_WARN) {
      fail();
    }
  }

  [[noreturn]] void fail() {
    const char* reason = ::archive_error_string(archive_.get());
    throw Error(where_ + ": " + (reason != nullptr ? reason : "no reason given") +
                ", expected an intact tar archive");
  }

  const std::string& where_;
  std::unique_ptr<archive, int (*)(archive*)> archive_;
  std::vector<char> piece_;
};

}  // namespace

void untar(std::string_view archive, const std::string& where,
           const std::function<void(const std::string& name, const std::string& content)>& take) {
  Reader reader(archive, where);
  while (archive_entry* entry = reader.next()) {
    const char* path = ::archive_entry_pathname(entry);
    if (path != nullptr && ::archive_entry_filetype(entry) == AE_IFREG) {
      const std::string name = std::filesystem::path(path).filename().string();
      take(name, reader.content());
    }
  }
}

}  // namespace floatsd::app
