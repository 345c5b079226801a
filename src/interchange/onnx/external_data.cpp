#include "interchange/onnx/external_data.h"

#include <charconv>
#include <fstream>
#include <system_error>

#include "core/refuse.h"
#include "floatsd/core/error.h"

namespace floatsd::interchange::onnx {
namespace {

namespace fs = std::filesystem;

uint64_t number(const std::map<std::string, std::string>& entries, const char* key,
                uint64_t missing) {
  const auto entry = entries.find(key);
  if (entry == entries.end()) {
    return missing;
  }
  const std::string& text = entry->second;
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size(),
          std::string("external data: ") + key + " '" + text + "', expected a number");
  return value;
}

/// The file, whichever links lead to it.
fs::path inside(const fs::path& folder, const std::string& location) {
  const std::string refused = "external data in '" + location + "', ";
  std::error_code error;
  const fs::path home = fs::canonical(folder.empty() ? "." : folder, error);
  const fs::path file = fs::canonical(home / location, error);
  require(!error && fs::is_regular_file(file, error),
          refused + "which is not beside the model: expected a file in its folder");
  const fs::path relative = file.lexically_relative(home);
  require(fs::path(location).is_relative() && !relative.empty() && *relative.begin() != "..",
          refused + "which is outside the model's folder");
  return file;
}

}  // namespace

std::shared_ptr<const std::string> read_external(const std::map<std::string, std::string>& entries,
                                                 const fs::path& folder, size_t expected) {
  const auto location = entries.find("location");
  require(location != entries.end() && !location->second.empty(),
          "external data without a location");
  const fs::path path = inside(folder, location->second);
  const uint64_t offset = number(entries, "offset", 0);
  const uint64_t length = number(entries, "length", expected);
  std::error_code unreadable;
  const uint64_t size = fs::file_size(path, unreadable);
  require(!unreadable && offset <= size && length <= size - offset,
          "external data of " + std::to_string(length) + " bytes at " + std::to_string(offset) +
              ", but " + path.filename().string() + " has " + std::to_string(size));
  require(length == expected, "external data of " + std::to_string(length) + " bytes, expected " +
                                  std::to_string(expected));
  auto bytes = std::make_shared<std::string>(length, '\0');
  std::ifstream file(path, std::ios::binary);
  file.seekg(static_cast<std::streamoff>(offset));
  file.read(bytes->data(), static_cast<std::streamsize>(length));
  require(file.good() || length == 0, path.string() + ": cannot be read");
  return bytes;
}

}  // namespace floatsd::interchange::onnx
