#pragma once
// Whole files in and out, so that a write that fails leaves what was there before.

#include <cstddef>
#include <filesystem>
#include <limits>
#include <string>
#include <string_view>

namespace floatsd {

/// The bytes of a regular file; of a pipe or a device it waits for none. Throws Error "PATH: cannot
/// be read: REASON", and for a file of more than `most` bytes, of which it reads nothing, "PATH: N
/// bytes, expected at most MOST".
std::string read_file(const std::filesystem::path& path,
                      size_t most = std::numeric_limits<size_t>::max());

/// Replaces `path` by `bytes`: written beside it under a name of its own, flushed to disk, renamed.
/// A reader sees the old file or the new one, never a part, and of two writers one comes last. A
/// file that was there keeps its mode (and, if the system allows it, its owner); of a symbolic
/// link, what it points to is replaced. Throws Error "PATH: cannot be written: REASON" (full disk,
/// read-only folder, a device or folder of that name) and removes what it began; what a process
/// that was killed began goes with the next write to `path`.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// Throws what write_file would throw now, but for a full disk: before work whose result goes
/// there.
void require_writable(const std::filesystem::path& path);

}  // namespace floatsd
