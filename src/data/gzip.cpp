#include "data/gzip.h"

#define ZLIB_CONST  // zlib reads its input through pointers to const
#include <zlib.h>

#include <algorithm>
#include <new>
#include <vector>

#include "core/file.h"
#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

constexpr std::string_view kGzipMagic = "\x1f\x8b";

[[noreturn]] void fail_too_long(const std::string& where, size_t most) {
  throw Error(where + ": more than " + std::to_string(most) + " bytes, expected no more");
}

class Inflater {
 public:
  Inflater() {
    constexpr int kGzipOnly = 16;
    if (::inflateInit2(&stream, MAX_WBITS + kGzipOnly) != Z_OK) {
      throw std::bad_alloc();
    }
  }
  ~Inflater() { ::inflateEnd(&stream); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Unpacks a piece of `packed`, removes it there and appends what it holds; zlib's status.
  int step(std::string_view& packed, std::string& content) {
    const auto offered = static_cast<uInt>(std::min(packed.size(), piece_.size()));
    stream.next_in = reinterpret_cast<const Bytef*>(packed.data());
    stream.avail_in = offered;
    stream.next_out = reinterpret_cast<Bytef*>(piece_.data());
    stream.avail_out = static_cast<uInt>(piece_.size());
    const int status = ::inflate(&stream, Z_NO_FLUSH);
    packed.remove_prefix(offered - stream.avail_in);
    content.append(piece_.data(), piece_.size() - stream.avail_out);
    return status;
  }

  z_stream stream{};

 private:
  std::vector<char> piece_ = std::vector<char>(size_t{1} << 18);
};

}  // namespace

std::string gunzip(std::string_view bytes, const std::string& where, size_t most) {
  Inflater inflater;
  std::string content;
  std::string_view rest = bytes;
  while (true) {
    const int status = inflater.step(rest, content);
    if (content.size() > most) {
      fail_too_long(where, most);
    }
    if (status == Z_STREAM_END && rest.find_first_not_of('\0') == std::string_view::npos) {
      return content;
    }
    if (status == Z_STREAM_END) {  // a gzip file may be several, one after the other
      ::inflateReset(&inflater.stream);
    } else if (status == Z_BUF_ERROR) {
      throw Error(where + ": gzip that is cut off after " + std::to_string(bytes.size()) +
                  " bytes, expected a whole file");
    } else if (status != Z_OK) {
      const char* reason = inflater.stream.msg;
      throw Error(where + ": corrupt gzip (" + (reason != nullptr ? reason : ::zError(status)) +
                  "), expected an intact file");
    }
  }
}

std::string unpack(std::string bytes, const std::string& where, size_t most) {
  if (bytes.starts_with(kGzipMagic)) {
    return gunzip(bytes, where, most);
  }
  if (bytes.size() > most) {
    fail_too_long(where, most);
  }
  return bytes;
}

std::string unpack_beginning(std::string_view bytes, size_t count) {
  if (!bytes.starts_with(kGzipMagic)) {
    return std::string(bytes.substr(0, count));
  }
  Inflater inflater;
  std::string content;
  while (content.size() < count && inflater.step(bytes, content) == Z_OK) {
  }
  return content.substr(0, count);
}

std::string read_unpacked(const std::filesystem::path& path, size_t most) {
  return unpack(read_file(path, most_packed(most)), path.string(), most);
}

}  // namespace floatsd::data
