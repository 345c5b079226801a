#include "checksum.h"

#include <openssl/evp.h>

#include <array>

#include "floatsd/core/error.h"

namespace floatsd::app {
namespace {

std::string name(Digest digest) { return digest == Digest::kMd5 ? "MD5" : "SHA-256"; }

}  // namespace

Checksum compute(Digest digest, std::string_view bytes) {
  const EVP_MD* type = digest == Digest::kMd5 ? ::EVP_md5() : ::EVP_sha256();
  std::array<unsigned char, EVP_MAX_MD_SIZE> found{};
  unsigned int size = 0;
  if (::EVP_Digest(bytes.data(), bytes.size(), found.data(), &size, type, nullptr) != 1) {
    throw Error(name(digest) + ": this OpenSSL does not provide it, expected it to");
  }
  constexpr std::string_view kDigits = "0123456789abcdef";
  Checksum checksum = {.digest = digest};
  for (unsigned int i = 0; i < size; ++i) {
    checksum.digits += kDigits[found[i] >> 4];
    checksum.digits += kDigits[found[i] & 15];
  }
  return checksum;
}

void check(std::string_view bytes, const Checksum& expected, const std::string& where) {
  const Checksum found = compute(expected.digest, bytes);
  if (found.digits != expected.digits) {
    throw Error(where + ": content with " + name(expected.digest) + " " + found.digits +
                ", expected " + expected.digits);
  }
}

}  // namespace floatsd::app
