#include "core/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include "core/part_file.h"
#include "floatsd/core/error.h"

namespace floatsd {
namespace {

namespace fs = std::filesystem;

Error file_error(const fs::path& path, const char* what, int code) {
  return Error(path.string() + ": cannot be " + what + ": " + std::strerror(code));
}

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

/// 0, or the errno of what failed. The owner first: a change of owner takes mode bits away. Only
/// root may give files away.
int take_owner_and_mode(int descriptor, const struct stat& before) {
  struct stat now{};
  const bool is_owned =
      ::fstat(descriptor, &now) == 0 && now.st_uid == before.st_uid && now.st_gid == before.st_gid;
  if (!is_owned && ::fchown(descriptor, before.st_uid, before.st_gid) != 0 && errno != EPERM) {
    return errno;
  }
  return ::fchmod(descriptor, before.st_mode & 07777) == 0 ? 0 : errno;
}

/// Whether a link stands for an open file of a process, as /dev/stdout does in the end.
bool is_open_file(const fs::path& link) {
  std::error_code code;
  return fs::canonical(link.parent_path(), code).string().starts_with("/proc/");
}

/// Where a chain of symbolic links ends, whether a file is there or not. Throws Error.
fs::path behind_links(const fs::path& path) {
  constexpr int kMostLinks = 40;  // as the kernel has it
  fs::path end = path;
  std::error_code code;
  for (int links = 0; fs::is_symlink(end, code); ++links) {
    if (links == kMostLinks) {
      throw file_error(path, "written", ELOOP);
    }
    if (is_open_file(end)) {  // others write there, too
      throw Error(path.string() +
                  ": cannot be written: it is open already, expected a file's path");
    }
    const fs::path next = fs::read_symlink(end, code);
    end = next.is_absolute() ? next : end.parent_path() / next;
  }
  return end;
}

/// What a write replaces.
struct Target {
  fs::path path;
  std::optional<struct stat> before;  ///< of the file that is there
};

/// Throws Error if something is there that is no file.
Target target_of(const fs::path& path) {
  Target target{.path = behind_links(path), .before = {}};
  struct stat found{};
  if (::stat(target.path.c_str(), &found) != 0) {
    return target;
  }
  if (!S_ISREG(found.st_mode)) {
    throw Error(path.string() + ": cannot be written: it exists and is no regular file");
  }
  target.before = found;
  return target;
}

/// Throws file_error of `path`, as which the caller knows the target.
PartFile begin_part(const Target& target, const fs::path& path) {
  PartFile part = create_part_file(target.path);
  if (!part.file.is_open()) {
    throw file_error(path, "written", errno);
  }
  return part;
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
  constexpr size_t kPiece = size_t{1} << 16;  // if the size is not known (/proc)
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
  const Target target = target_of(path);
  remove_abandoned_part_files(target.path);
  const PartFile part = begin_part(target, path);
  int code = write_and_sync(part.file.number(), bytes);
  if (code == 0 && target.before) {
    code = take_owner_and_mode(part.file.number(), *target.before);
  }
  // While the file is open: closed, it would look abandoned.
  if (code == 0 && ::rename(part.name.c_str(), target.path.c_str()) != 0) {
    code = errno;
  }
  if (code != 0) {
    ::unlink(part.name.c_str());
    throw file_error(path, "written", code);
  }
}

void require_writable(const fs::path& path) {
  const PartFile part = begin_part(target_of(path), path);
  ::unlink(part.name.c_str());
}

}  // namespace floatsd
