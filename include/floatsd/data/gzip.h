#pragma once
// Gzip, as data sets are published in it.

#include <filesystem>
#include <string>
#include <string_view>

namespace floatsd::data {

/// The content of a gzip file's bytes, with every checksum in them checked. Throws Error
/// "WHERE: what was found, expected what" where they are no gzip, corrupt, cut off or trailed by
/// other bytes.
std::string gunzip(std::string_view bytes, const std::string& where);

/// The content of a file: unpacked if its first two bytes are gzip's (whatever its name), else as
/// it is. Throws Error as read_file and gunzip do.
std::string read_unpacked(const std::filesystem::path& path);

}  // namespace floatsd::data
