#pragma once
// The checksums that what was fetched is held against.

#include <string>
#include <string_view>

namespace floatsd::app {

enum class Digest {
  kMd5,  ///< tells damage, not malice: only beside a SHA-256 of what it came in
  kSha256
};

struct Checksum {
  Digest digest = Digest::kSha256;
  std::string digits;  ///< lower-case hexadecimal: 32 of MD5, 64 of SHA-256
};

/// The checksum of `bytes`. Throws Error if this OpenSSL has no such digest.
Checksum compute(Digest digest, std::string_view bytes);

/// Throws Error "WHERE: content with SHA-256 ..., expected ..." unless `bytes` have this checksum.
void check(std::string_view bytes, const Checksum& expected, const std::string& where);

}  // namespace floatsd::app
