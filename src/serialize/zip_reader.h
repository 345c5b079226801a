#pragma once
// The records of a zip archive that stores them uncompressed, as torch.save's does (Zip64
// included).

#include <map>
#include <string>
#include <string_view>

namespace floatsd::serialize {

/// Name to bytes; the views point into `file`. Every record's checksum has been compared.
/// Throws Error where `file` is no such archive, is cut off, or a record does not match its
/// checksum.
std::map<std::string, std::string_view> read_zip(std::string_view file);

}  // namespace floatsd::serialize
