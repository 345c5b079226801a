#pragma once
// Bytes for the data tests: gzip made on the spot, IDX files written out by hand.

#define ZLIB_CONST  // zlib reads its input through pointers to const
#include <zlib.h>

#include <string>
#include <string_view>

/// The gzip file of `content`.
inline std::string gzip(std::string_view content) {
  constexpr int kGzip = 16;
  z_stream stream{};
  ::deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, MAX_WBITS + kGzip, 8, Z_DEFAULT_STRATEGY);
  std::string packed(::deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<const Bytef*>(content.data());
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  ::deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  ::deflateEnd(&stream);
  return packed;
}

/// A string literal with its zero bytes, without the one that ends it.
template <size_t N>
std::string bytes(const char (&literal)[N]) {
  return std::string(literal, N - 1);
}
