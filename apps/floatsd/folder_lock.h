#pragma once
// Folder lock: one process at a time writes into a run's folder.

#include <filesystem>

namespace floatsd::app {

/// Held while it lives; the system takes it from a process that ends, however it ends.
class FolderLock {
 public:
  /// `folder` must be there. Throws Error if another process holds it.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace floatsd::app
