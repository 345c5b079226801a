#pragma once
// Whole files in and out, so that a write that fails leaves what was there before.

#include <filesystem>
#include <string>
#include <string_view>

namespace floatsd {

/// The bytes of a file. Throws Error "PATH: cannot be read: REASON".
std::string read_file(const std::filesystem::path& path);

/// Replaces `path` by `bytes`: written beside it, flushed to disk, renamed. A reader sees the old
/// file or the new one, never a part. Throws Error "PATH: cannot be written: REASON" (full disk,
/// read-only folder, a device or folder of that name) and removes what it began.
void write_file(const std::filesystem::path& path, std::string_view bytes);

}  // namespace floatsd
