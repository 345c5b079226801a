#include "floatsd/core/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include "floatsd/core/error.h"

namespace floatsd {
namespace {

Error file_error(const std::filesystem::path& path, const char* what, int code) {
  return Error(path.string() + ": cannot be " + what + ": " + std::strerror(code));
}

/// 0, or the errno of what failed.
int write_and_sync(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      return errno;
    }
    bytes.remove_prefix(written > 0 ? static_cast<size_t>(written) : 0);
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  std::error_code unreachable;  // then opening it says why
  if (std::filesystem::is_directory(path, unreachable)) {
    throw file_error(path, "read", EISDIR);
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    throw file_error(path, "read", errno);
  }
  std::ostringstream bytes;
  bytes << in.rdbuf();
  if (in.bad() || bytes.bad()) {
    throw file_error(path, "read", EIO);
  }
  return std::move(bytes).str();
}

void write_file(const std::filesystem::path& path, std::string_view bytes) {
  std::error_code unreachable;  // then writing beside it says why
  if (std::filesystem::exists(path, unreachable) &&
      !std::filesystem::is_regular_file(path, unreachable)) {
    throw Error(path.string() + ": cannot be written: it exists and is no regular file");
  }
  std::filesystem::path beside = path;
  beside += ".part";
  const int descriptor = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (descriptor < 0) {
    throw file_error(path, "written", errno);
  }
  int code = write_and_sync(descriptor, bytes);
  if (::close(descriptor) != 0 && code == 0) {
    code = errno;
  }
  if (code == 0 && ::rename(beside.c_str(), path.c_str()) != 0) {
    code = errno;
  }
  if (code != 0) {
    ::unlink(beside.c_str());
    throw file_error(path, "written", code);
  }
}

}  // namespace floatsd
