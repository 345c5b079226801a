#include "require_whole.h"

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "core/npy_header.h"
#include "floatsd/core/error.h"

namespace floatsd::app {
namespace {

using serialize::FileKind;
using Text = std::string_view;

/// What is missing; empty if nothing is.
using Missing = std::string;

Missing missing_end(Text bytes, Text end) {
  const size_t last = bytes.find_last_not_of(" \t\r\n");
  const bool has_end = last != Text::npos && bytes.substr(0, last + 1).ends_with(end);
  return has_end ? "" : "there is no " + std::string(end) + " at its end";
}

Missing missing_newline(Text text) {
  return text.ends_with('\n') ? "" : "its last line does not end";
}

/// Little endian.
uint64_t number_at(Text bytes, size_t at, size_t size) {
  uint64_t number = 0;
  for (size_t i = size; i > 0; --i) {
    number = number << 8 | static_cast<uint8_t>(bytes[at + i - 1]);
  }
  return number;
}

/// A protobuf number, off the front; false if it does not end.
bool take_varint(Text& bytes, uint64_t& number) {
  constexpr size_t kMostBytes = 10;
  number = 0;
  for (size_t i = 0; i < std::min(kMostBytes, bytes.size()); ++i) {
    number |= uint64_t{static_cast<uint8_t>(bytes[i]) & 0x7FU} << 7 * i;
    if ((static_cast<uint8_t>(bytes[i]) & 0x80U) == 0) {
      bytes.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

/// The fields of an ONNX model are numbers and pieces of a stated length.
Missing missing_in_protobuf(Text bytes) {
  while (!bytes.empty()) {
    uint64_t key = 0;
    uint64_t number = 0;
    if (!take_varint(bytes, key) || !take_varint(bytes, number)) {
      return "its last number does not end";
    }
    const bool has_piece = (key & 7U) == 2;
    if (has_piece && number > bytes.size()) {
      return std::to_string(number - bytes.size()) + " bytes are missing";
    }
    bytes.remove_prefix(has_piece ? number : 0);
  }
  return "";
}

/// All lines of hex are equally long.
Missing missing_in_hex(Text text) {
  const size_t line = text.find('\n') + 1;
  return text.size() % line == 0 && text.ends_with('\n') ? "" : "its last line is shorter";
}

Missing missing_in_array(Text bytes) {
  const NpyHeader header = parse_npy_header(bytes);
  const bool is_plain = header.type.size() == 3 && header.type[2] >= '1' && header.type[2] <= '8';
  const int64_t values = header.values();
  if (!is_plain || values < 0 || values > INT64_MAX / 8) {
    return "";
  }
  const int64_t expected = values * (header.type[2] - '0');
  const auto found = static_cast<int64_t>(bytes.size() - header.begin);
  return found >= expected ? "" : std::to_string(expected - found) + " bytes are missing";
}

/// TFRecords: 8 bytes of length, 4 of its checksum, the event, 4 of its checksum.
Missing missing_in_events(Text bytes) {
  constexpr size_t kHead = 12, kTail = 4;
  while (!bytes.empty()) {
    const uint64_t event = bytes.size() < kHead ? 0 : number_at(bytes, 0, 8);
    if (bytes.size() < kHead + kTail || event > bytes.size() - kHead - kTail) {
      return "its last event does not end";
    }
    bytes.remove_prefix(kHead + event + kTail);
  }
  return "";
}

Missing missing_in_metrics(Text text) {
  const size_t last = text.rfind("{\"epoch\":");
  return nlohmann::json::accept(text.substr(last)) ? missing_newline(text)
                                                   : "its last epoch does not end";
}

size_t count(Text text, Text what) {
  size_t found = 0;
  for (size_t at = text.find(what); at != Text::npos; at = text.find(what, at + 1)) {
    ++found;
  }
  return found;
}

/// Of the three files that `--to c` writes.
Missing missing_in_c(Text text) {
  if (count(text, "{") != count(text, "}") || count(text, "\n#if") != count(text, "\n#endif") ||
      text.find("_classify(") == Text::npos) {
    return "its last part does not end";
  }
  return missing_newline(text);
}

Missing missing_in_html(Text bytes) { return missing_end(bytes, "</html>"); }
Missing missing_in_svg(Text bytes) { return missing_end(bytes, "</svg>"); }
Missing missing_in_junit(Text bytes) { return missing_end(bytes, "</testsuites>"); }

/// The last chunk of a PNG is its name and its checksum.
Missing missing_in_image(Text bytes) {
  constexpr Text kLast = "IEND";
  constexpr size_t kChecksum = 4;
  const size_t last = bytes.rfind(kLast);
  const bool has_last = last != Text::npos && bytes.size() - last >= kLast.size() + kChecksum;
  return !bytes.starts_with("\x89PNG") || has_last ? "" : "there is no IEND at its end";
}

Missing missing_in(FileKind kind, Text bytes) {
  constexpr std::pair<FileKind, Missing (*)(Text)> kEnds[] = {
      {FileKind::kOnnx, missing_in_protobuf},   {FileKind::kHexLines, missing_in_hex},
      {FileKind::kNpy, missing_in_array},       {FileKind::kEvents, missing_in_events},
      {FileKind::kMetrics, missing_in_metrics}, {FileKind::kCSource, missing_in_c},
      {FileKind::kHtml, missing_in_html},       {FileKind::kSvg, missing_in_svg},
      {FileKind::kJunit, missing_in_junit},     {FileKind::kImage, missing_in_image},
      {FileKind::kText, missing_newline}};
  for (const auto& [each, missing] : kEnds) {
    if (each == kind) {
      return missing(bytes);
    }
  }
  return "";
}

}  // namespace

void require_whole(const serialize::WantedFile& file, const std::string& path) {
  const Missing missing = missing_in(file.kind, file.bytes);
  if (!missing.empty()) {
    throw Error(path + ": is cut short: " + missing);
  }
}

}  // namespace floatsd::app
