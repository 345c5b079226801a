#include "serialize/zip_reader.h"

#define ZLIB_CONST  // zlib reads its input through pointers to const
#include <zlib.h>

#include <algorithm>
#include <initializer_list>
#include <new>

#include "floatsd/core/error.h"

// Offsets and names of fields: APPNOTE.TXT, sections 4.3.7 (local header), 4.3.12 (central
// header), 4.3.14 to 4.3.16 (end of central directory), 4.5.3 (Zip64 extra field).

namespace floatsd::serialize {
namespace {

constexpr uint64_t kLocalHeader = 0x04034b50;
constexpr uint64_t kCentralHeader = 0x02014b50;
constexpr uint64_t kEnd = 0x06054b50;
constexpr uint64_t kEnd64 = 0x06064b50;
constexpr uint64_t kEnd64Locator = 0x07064b50;
constexpr size_t kEndSize = 22;
constexpr size_t kEnd64LocatorSize = 20;
constexpr size_t kLongestComment = 0xFFFF;
constexpr uint64_t kInZip64 = 0xFFFFFFFF;  // the value is in the Zip64 record
constexpr uint64_t kStored = 0;
constexpr uint64_t kDeflated = 8;

// Weights hardly shrink by deflate; zeros do, a thousandfold, and a small file may hold many.
constexpr uint64_t kUnpackedFactor = 16;
constexpr uint64_t kUnpackedAtLeast = uint64_t{1} << 28;

std::string_view slice(std::string_view bytes, uint64_t offset, uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) {
    throw Error("zip archive is cut off or damaged: " + std::to_string(size) + " bytes at " +
                std::to_string(offset) + ", but there are " + std::to_string(bytes.size()));
  }
  return bytes.substr(offset, size);
}

uint64_t number(std::string_view bytes, uint64_t offset, int width) {  // little endian
  uint64_t value = 0;
  for (const char c : slice(bytes, offset, width)) {
    value = value >> 8 | uint64_t{static_cast<uint8_t>(c)} << 56;
  }
  return value >> (64 - 8 * width);
}

void expect_signature(std::string_view file, uint64_t offset, uint64_t signature,
                      const char* what) {
  if (number(file, offset, 4) != signature) {
    throw Error("zip archive is damaged: no " + std::string(what) + " at byte " +
                std::to_string(offset));
  }
}

struct Directory {
  uint64_t offset = 0;
  uint64_t count = 0;
};

size_t find_end(std::string_view file) {
  for (size_t size = kEndSize; size <= file.size() && size <= kEndSize + kLongestComment; ++size) {
    const size_t at = file.size() - size;
    if (number(file, at, 4) == kEnd && number(file, at + 20, 2) == size - kEndSize) {
      return at;
    }
  }
  throw Error(
      "is a zip archive that was cut off: its directory is missing; copy or download it again");
}

Directory find_directory(std::string_view file) {
  const size_t end = find_end(file);
  const bool zip64 =
      end >= kEnd64LocatorSize && number(file, end - kEnd64LocatorSize, 4) == kEnd64Locator;
  if (!zip64) {
    return {number(file, end + 16, 4), number(file, end + 10, 2)};
  }
  const uint64_t end64 = number(file, end - kEnd64LocatorSize + 8, 8);
  expect_signature(file, end64, kEnd64, "end of directory");
  return {number(slice(file, end64, 56), 48, 8), number(file, end64 + 32, 8)};
}

/// Sizes and offsets that do not fit 32 bits stand in an extra field, in this order.
void read_zip64(std::string_view extra, std::initializer_list<uint64_t*> values) {
  for (uint64_t at = 0; at + 4 <= extra.size();) {
    const uint64_t id = number(extra, at, 2);
    const std::string_view field = slice(extra, at + 4, number(extra, at + 2, 2));
    uint64_t next = 0;
    for (uint64_t* value : values) {
      if (id == 1 && *value == kInZip64) {
        *value = number(field, next, 8);
        next += 8;
      }
    }
    at += 4 + field.size();
  }
}

/// Fills `content` from a raw deflate stream; false if that holds more or less, or is damaged.
bool inflate_into(std::string_view packed, std::string& content) {
  z_stream stream{};
  if (::inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    throw std::bad_alloc();
  }
  constexpr size_t kMostAtOnce = size_t{1} << 30;  // zlib counts in 32 bits
  auto* to = reinterpret_cast<Bytef*>(content.data());
  size_t left = content.size();
  int status = Z_OK;
  Bytef beyond = 0;  // what would come after the expected end
  while (status == Z_OK) {
    const size_t offered = std::min(packed.size(), kMostAtOnce);
    const size_t room = std::min(left, kMostAtOnce);
    stream.next_in = reinterpret_cast<const Bytef*>(packed.data());
    stream.avail_in = static_cast<uInt>(offered);
    stream.next_out = room > 0 ? to : &beyond;
    stream.avail_out = static_cast<uInt>(std::max<size_t>(room, 1));
    status = ::inflate(&stream, Z_NO_FLUSH);
    packed.remove_prefix(offered - stream.avail_in);
    const size_t made = std::max<size_t>(room, 1) - stream.avail_out;
    if (room == 0 && made > 0) {
      break;
    }
    to += room > 0 ? made : 0;
    left -= room > 0 ? made : 0;
  }
  ::inflateEnd(&stream);
  return status == Z_STREAM_END && left == 0;
}

}  // namespace

ZipReader::ZipReader(std::string_view file) : file_(file) {
  const Directory directory = find_directory(file);
  uint64_t at = directory.offset;
  uint64_t total = 0;
  uint64_t unpacked = 0;
  const uint64_t most = std::max<uint64_t>(kUnpackedAtLeast, kUnpackedFactor * file.size());
  for (uint64_t i = 0; i < directory.count; ++i) {
    expect_signature(file, at, kCentralHeader, "directory entry");
    Header header{.flags = number(file, at + 8, 2),
                  .method = number(file, at + 10, 2),
                  .checksum = number(file, at + 16, 4),
                  .stored_size = number(file, at + 20, 4),
                  .size = number(file, at + 24, 4),
                  .offset = number(file, at + 42, 4)};
    const std::string_view name = slice(file, at + 46, number(file, at + 28, 2));
    const std::string_view extra = slice(file, at + 46 + name.size(), number(file, at + 30, 2));
    read_zip64(extra, {&header.size, &header.stored_size, &header.offset});
    const bool inside = header.stored_size <= file.size() - total;
    total += inside ? header.stored_size : 0;
    if (!inside || !headers_.emplace(name, header).second) {
      throw Error("zip archive is damaged: its records overlap");
    }
    if (header.method != kStored && header.size > most - unpacked) {
      throw Error("zip archive of " + std::to_string(file.size()) +
                  " bytes would unpack to more than " + std::to_string(most));
    }
    unpacked += header.method != kStored ? header.size : 0;
    at += 46 + name.size() + extra.size() + number(file, at + 32, 2);
  }
}

std::string_view ZipReader::stored_bytes(const std::string& name, const Header& header) const {
  const bool is_known =
      header.method == kDeflated || (header.method == kStored && header.stored_size == header.size);
  if (!is_known || (header.flags & 1) != 0) {
    throw Error("record '" + name + "' is encrypted, or packed by another method than deflate");
  }
  expect_signature(file_, header.offset, kLocalHeader, "record");
  const uint64_t skip =
      30 + number(file_, header.offset + 26, 2) + number(file_, header.offset + 28, 2);
  return slice(file_, header.offset + skip, header.stored_size);
}

std::string_view ZipReader::read(const std::string& name) {
  const auto found = headers_.find(name);
  if (found == headers_.end()) {
    throw Error("zip archive has no record '" + name + "', expected what torch.save writes");
  }
  if (const auto before = unpacked_.find(name); before != unpacked_.end()) {
    return before->second;
  }
  const Header& header = found->second;
  std::string_view bytes = stored_bytes(name, header);
  if (header.method == kDeflated) {
    std::string& content = unpacked_[name];
    content.resize(header.size);
    if (!inflate_into(bytes, content)) {
      throw Error("record '" + name + "' is damaged: it does not unpack to " +
                  std::to_string(header.size) + " bytes");
    }
    bytes = content;
  }
  if (crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) != header.checksum) {
    throw Error("record '" + name + "' is damaged: its bytes do not match its checksum");
  }
  return bytes;
}

std::string ZipReader::folder_of(std::string_view name) const {
  const std::string* least_deep = nullptr;
  for (const auto& [record, unused] : headers_) {
    const bool is_it = record == name || (record.size() > name.size() && record.ends_with(name) &&
                                          record[record.size() - name.size() - 1] == '/');
    if (is_it && (least_deep == nullptr || record.size() < least_deep->size())) {
      least_deep = &record;
    }
  }
  return least_deep == nullptr ? "" : least_deep->substr(0, least_deep->size() - name.size());
}

}  // namespace floatsd::serialize
