#include "floatsd/core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "floatsd/core/error.h"

namespace floatsd {
namespace {

namespace fs = std::filesystem;

Error file_error(const fs::path& path, const char* what, int code) {
  return Error(path.string() + ": cannot be " + what + ": " + std::strerror(code));
}

/// An open file, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

  /// 0, or the errno: a full disk may show only now.
  int close() {
    const int code = number_ >= 0 && ::close(number_) != 0 ? errno : 0;
    number_ = -1;
    return code;
  }

 private:
  int number_;
};

std::optional<struct stat> status(int descriptor) {
  struct stat found{};
  return ::fstat(descriptor, &found) == 0 ? std::optional(found) : std::nullopt;
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

/// Where a chain of symbolic links ends, whether a file is there or not. Throws file_error.
fs::path behind_links(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  fs::path end = path;
  std::error_code code;
  for (int links = 0; fs::is_symlink(end, code); ++links) {
    if (links == kMostLinks) {
      throw file_error(path, "written", ELOOP);
    }
    const fs::path next = fs::read_symlink(end, code);
    end = next.is_absolute() ? next : end.parent_path() / next;
  }
  return end;
}

/// A new file beside `path`, which nobody else has: its name, and the open file (not open: errno).
/// The mode is that of a new file here, less the umask.
struct Beside {
  fs::path name;
  int descriptor = -1;
};

Beside create_beside(const fs::path& path) {
  static std::atomic<int> count = 0;
  constexpr int kTries = 1000;  // other processes' leftovers, at most
  Beside beside;
  for (int i = 0; i < kTries; ++i) {
    beside.name = path;
    for (const std::string& part : {std::string("."), std::to_string(::getpid()), std::string("-"),
                                    std::to_string(count++), std::string(".part")}) {
      beside.name += part;
    }
    beside.descriptor =
        ::open(beside.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (beside.descriptor >= 0 || errno != EEXIST) {
      break;
    }
  }
  return beside;
}

}  // namespace

std::string read_file(const fs::path& path, size_t most) {
  // Without O_NONBLOCK, opening a FIFO waits until somebody writes to it.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  if (!file.is_open()) {
    throw file_error(path, "read", errno);
  }
  const std::optional<struct stat> found = status(file.number());
  if (found && S_ISDIR(found->st_mode)) {
    throw file_error(path, "read", EISDIR);
  }
  if (!found || !S_ISREG(found->st_mode)) {
    throw Error(path.string() +
                ": cannot be read: it is a pipe or device, expected a regular file");
  }
  if (static_cast<size_t>(found->st_size) > most) {
    throw Error(path.string() + ": " + std::to_string(found->st_size) +
                " bytes, expected at most " + std::to_string(most));
  }
  constexpr size_t kPiece = size_t{1} << 16;  // where the size is not known (/proc)
  std::string bytes(static_cast<size_t>(found->st_size) + 1, '\0');
  size_t size = 0;
  while (true) {
    const ssize_t count = ::read(file.number(), bytes.data() + size, bytes.size() - size);
    if (count < 0 && errno != EINTR) {
      throw file_error(path, "read", errno);
    }
    if (count == 0) {
      bytes.resize(size);
      return bytes;
    }
    size += count > 0 ? static_cast<size_t>(count) : 0;
    if (size == bytes.size()) {
      bytes.resize(std::max(2 * size, kPiece));
    }
  }
}

void write_file(const fs::path& path, std::string_view bytes) {
  const fs::path target = behind_links(path);
  struct stat before{};
  const bool exists = ::stat(target.c_str(), &before) == 0;
  if (exists && !S_ISREG(before.st_mode)) {
    throw Error(path.string() + ": cannot be written: it exists and is no regular file");
  }
  const Beside beside = create_beside(target);
  Descriptor file(beside.descriptor);
  if (!file.is_open()) {
    throw file_error(path, "written", errno);
  }
  int code = write_and_sync(file.number(), bytes);
  if (code == 0 && exists) {
    // The owner first: a change of owner takes mode bits away. Only root may give files away.
    struct stat now{};
    const bool is_owned = ::fstat(file.number(), &now) == 0 && now.st_uid == before.st_uid &&
                          now.st_gid == before.st_gid;
    if (!is_owned && ::fchown(file.number(), before.st_uid, before.st_gid) != 0 && errno != EPERM) {
      code = errno;
    } else if (::fchmod(file.number(), before.st_mode & 07777) != 0) {
      code = errno;
    }
  }
  const int closed = file.close();
  code = code == 0 ? closed : code;
  if (code == 0 && ::rename(beside.name.c_str(), target.c_str()) != 0) {
    code = errno;
  }
  if (code != 0) {
    ::unlink(beside.name.c_str());
    throw file_error(path, "written", code);
  }
}

}  // namespace floatsd
