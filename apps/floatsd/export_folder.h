#pragma once
// Export folder: where an export of several files appears once all of them are written.

#include <filesystem>
#include <functional>

namespace floatsd::app {

/// What becomes of an earlier export in the folder.
enum class Earlier { kRefused, kReplaced };

/// Throws Error if something is in the folder already, unless an earlier export is to be replaced.
void require_free(const std::filesystem::path& folder, Earlier earlier);

/// Calls `write` with a folder inside of `folder`, and moves what it wrote there into `folder`, out
/// of which go the files of an earlier export: C that floatsd wrote, and golden vectors that an
/// index names. All else stays, unless a new file has its name. If `write` throws, all is as
/// before. Throws Error.
void write_export(const std::filesystem::path& folder,
                  const std::function<void(const std::filesystem::path&)>& write);

}  // namespace floatsd::app
