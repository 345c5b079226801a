#pragma once
// Tar archives, as data sets are published in them.

#include <functional>
#include <string>
#include <string_view>

namespace floatsd::app {

/// Gives `take` each plain file of a tar archive, gzipped or not: its name without folders, and its
/// content. Throws Error "WHERE: REASON" if the archive is none, or cut off, or corrupt.
void untar(std::string_view archive, const std::string& where,
           const std::function<void(const std::string& name, const std::string& content)>& take);

}  // namespace floatsd::app
