#pragma once
// The records of a zip archive that stores them uncompressed, as torch.save's does (Zip64
// included).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace floatsd::serialize {

/// Views `file`, which must outlive it. Throws Error where the file is no zip archive, or is cut
/// off.
class ZipReader {
 public:
  explicit ZipReader(std::string_view file);

  [[nodiscard]] bool contains(const std::string& name) const { return headers_.contains(name); }
  /// The bytes of a record. Throws Error where there is none of that name, it is compressed, or
  /// its bytes do not match its checksum.
  [[nodiscard]] std::string_view read(const std::string& name) const;
  /// The folder in which the first record lies, with its slash; "" where there is none.
  [[nodiscard]] std::string folder() const;

 private:
  struct Header {
    uint64_t flags = 0, method = 0, checksum = 0, stored_size = 0, size = 0, offset = 0;
  };

  std::string_view file_;
  std::map<std::string, Header> headers_;
};

}  // namespace floatsd::serialize
