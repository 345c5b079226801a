#pragma once
// Gzip, as data sets are published in it. What unpacks to more than is expected is refused before
// it takes the memory.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace floatsd::data {

/// The content of a gzip file's bytes, with every checksum in them checked; zeros behind it, which
/// tapes and some mirrors leave, are passed over. Throws Error "WHERE: what was found, expected
/// what" where they are no gzip, corrupt, cut off, trailed by other bytes, or hold more than `most`
/// bytes.
std::string gunzip(std::string_view bytes, const std::string& where, size_t most);

/// The content of a file's bytes: unpacked if the first two are gzip's, else the bytes as they are.
/// Throws Error as gunzip, also for plain bytes of more than `most`.
std::string unpack(std::string bytes, const std::string& where, size_t most);

/// The first bytes of what unpack gives: `count`, or fewer if there are no more or they are
/// corrupt.
std::string unpack_beginning(std::string_view bytes, size_t count);

/// The content of a file, unpacked by its first two bytes, whatever its name. Throws Error as
/// read_file and unpack do.
std::string read_unpacked(const std::filesystem::path& path, size_t most);

/// The most bytes that a gzip file with `content` bytes in it needs: what cannot be packed grows.
constexpr size_t most_packed(size_t content) { return content + content / 1000 + (1 << 16); }

}  // namespace floatsd::data
