#include "folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "floatsd/core/error.h"

namespace floatsd::app {

FolderLock::FolderLock(const std::filesystem::path& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) {
    throw Error(folder.string() + ": cannot be opened: " + std::strerror(errno));
  }
  if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    ::close(descriptor_);
    throw Error(folder.string() +
                ": another floatsd writes into it; wait for that one, or name another --output");
  }  // a file system without locks is used as it is
}

FolderLock::~FolderLock() { ::close(descriptor_); }

}  // namespace floatsd::app
