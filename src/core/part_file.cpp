#include "core/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <string_view>

namespace floatsd {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".part";

fs::path part_name(const fs::path& target) {
  static std::atomic<int> count = 0;
  std::string name = target.native();
  name.append(".").append(std::to_string(::getpid()));
  name.append("-").append(std::to_string(count++)).append(kEnding);
  return name;
}

bool is_number(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether part_name(target) can be that name, in this process or another.
bool is_part_name(std::string_view name, const std::string& target) {
  if (!name.starts_with(target) || !name.ends_with(kEnding) ||
      name.size() <= target.size() + kEnding.size() || name[target.size()] != '.') {
    return false;
  }
  name.remove_prefix(target.size() + 1);
  name.remove_suffix(kEnding.size());
  const size_t dash = name.find('-');
  return dash != std::string_view::npos && is_number(name.substr(0, dash)) &&
         is_number(name.substr(dash + 1));
}

/// Locks the file and says whether it is still the caller's: in the moment before the lock it looks
/// abandoned to others, who may have removed it. (A file system without locks gives none, and
/// nobody removes anything there.)
bool keep(int descriptor) {
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    return false;
  }
  struct stat found{};
  return ::fstat(descriptor, &found) != 0 || found.st_nlink > 0;
}

bool is_abandoned(const fs::path& part) {
  const Descriptor file(::open(part.c_str(), O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
  struct stat found{};
  return file.is_open() && ::fstat(file.number(), &found) == 0 && S_ISREG(found.st_mode) &&
         ::flock(file.number(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

PartFile create_part_file(const fs::path& target) {
  constexpr int kTries = 1000;  // other processes' leftovers, at most
  for (int i = 0; i < kTries; ++i) {
    PartFile part{.name = part_name(target), .file = {}};
    part.file = Descriptor(
        ::open(part.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666));
    if (part.file.is_open() ? keep(part.file.number()) : errno != EEXIST) {
      return part;
    }
  }
  errno = EEXIST;
  return {};
}

void remove_abandoned_part_files(const fs::path& target) {
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  std::error_code unreachable;  // whoever writes there says it
  for (fs::directory_iterator entry(folder, unreachable), end; entry != end;
       entry.increment(unreachable)) {
    const fs::path& part = entry->path();
    if (is_part_name(part.filename().native(), target.filename().native()) && is_abandoned(part)) {
      ::unlink(part.c_str());
    }
  }
}

}  // namespace floatsd
