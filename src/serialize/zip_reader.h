#pragma once
// The records of a zip archive, stored as torch.save does it or deflated as a repacked one is
// (Zip64 included).

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace floatsd::serialize {

/// Views `file`, which must outlive it. Throws Error if the file is no zip archive, is cut off,
/// or would unpack to far more than it holds.
class ZipReader {
 public:
  struct Header {
    uint64_t flags = 0, method = 0, checksum = 0, stored_size = 0, size = 0, offset = 0;
  };

  explicit ZipReader(std::string_view file);

  /// By name.
  [[nodiscard]] const std::map<std::string, Header>& records() const { return headers_; }
  [[nodiscard]] bool contains(const std::string& name) const { return headers_.contains(name); }
  /// The bytes of a record, valid as long as the reader. Throws Error if there is none of that
  /// name, it is encrypted or packed by another method, or its bytes do not match its checksum.
  std::string_view read(const std::string& name);
  /// What stands before `name` in the record of that name that lies least deep ("archive/"); none
  /// if there is no such record.
  [[nodiscard]] std::string folder_of(std::string_view name) const;

 private:
  [[nodiscard]] std::string_view stored_bytes(const std::string& name, const Header& header) const;

  std::string_view file_;
  std::map<std::string, Header> headers_;
  std::map<std::string, std::string> unpacked_;  // what was deflated and has been read
};

}  // namespace floatsd::serialize
