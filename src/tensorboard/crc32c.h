#pragma once
// CRC-32C, the checksum of TFRecord files. Source: RFC 3720, appendix B.4 (Castagnoli's
// polynomial).

#include <cstdint>
#include <string_view>

namespace floatsd::tensorboard {

uint32_t crc32c(std::string_view bytes);

/// As it stands in a TFRecord file: turned by 15 bits, plus a constant, so that a checksum of bytes
/// that hold checksums is no special case.
uint32_t masked_crc32c(std::string_view bytes);

}  // namespace floatsd::tensorboard
