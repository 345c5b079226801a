#include "serialize/legacy_torch.h"

#include <cstring>
#include <string>
#include <unordered_map>

#include "floatsd/core/error.h"
#include "floatsd/serialize/field.h"
#include "floatsd/serialize/value.h"
#include "serialize/pickle_reader.h"

namespace floatsd::serialize {
namespace {

/// 0x1950a86a20f9469cfc6c as a pickle has it.
constexpr std::string_view kMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr int64_t kVersion = 1001;

Error cut_off(std::string_view rest) {
  return Error("is cut off: " + std::to_string(rest.size()) +
               " bytes are left where a tensor's storage was expected");
}

/// A pickle that holds no tensors.
Value take_plain(std::string_view& rest) {
  return take_pickle(rest, [](const std::string& key, uint64_t) -> std::string_view {
    throw Error("has storage '" + key + "' where none was expected");
  });
}

void check_machine(const Value& machine) {
  const Field field(machine, "its description of the machine");
  if (field.has("little_endian") && !field["little_endian"].boolean()) {
    throw Error("byte order is 'big', expected 'little'");
  }
}

/// The sizes of the storages that the value refers to. The storages stand behind it, so that it is
/// read once for their sizes and again for its tensors.
std::unordered_map<std::string, uint64_t> sizes_of_storages(std::string_view& rest) {
  std::unordered_map<std::string, uint64_t> sizes;
  const std::string_view file = rest;
  uint64_t left = file.size();
  take_pickle(rest, [&](const std::string& key, uint64_t size) {
    if (size > left) {
      throw Error("storage '" + key + "' has " + std::to_string(size) + " bytes in a file with " +
                  std::to_string(left) + " left");
    }
    left -= size;
    sizes[key] = size;
    return file.substr(0, size);  // any bytes: this value is not kept
  });
  return sizes;
}

}  // namespace

bool is_legacy_torch(std::string_view file) {
  constexpr size_t kWithin = 32;  // behind the pickle's protocol and frame
  return file.starts_with('\x80') && file.substr(0, kWithin).find(kMagic) != std::string_view::npos;
}

Value read_legacy_torch(std::string_view file) {
  std::string_view rest = file;
  take_plain(rest);  // the magic number
  const Value version = take_plain(rest);
  if (const auto* number = version.get_if<int64_t>(); number == nullptr || *number != kVersion) {
    throw Error("torch.save's old format of another version than " + std::to_string(kVersion));
  }
  check_machine(take_plain(rest));
  const std::string_view pickle = rest;
  const auto sizes = sizes_of_storages(rest);

  const Value keys = take_plain(rest);
  const Field list(keys, "its list of storages");
  std::unordered_map<std::string, std::string_view> storages;
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string& key = list[i].string();
    const auto size = sizes.find(key);
    if (size == sizes.end()) {
      throw Error("storage '" + key + "' is of a type that is not read");
    }
    constexpr size_t kCount = sizeof(int64_t);  // the number of elements stands before them
    if (rest.size() < kCount || rest.size() - kCount < size->second) {
      throw cut_off(rest);
    }
    storages[key] = rest.substr(kCount, size->second);
    rest.remove_prefix(kCount + size->second);
  }
  return read_pickle(pickle, [&](const std::string& key, uint64_t) {
    const auto found = storages.find(key);
    if (found == storages.end()) {
      throw Error("storage '" + key + "' is missing");
    }
    return found->second;
  });
}

}  // namespace floatsd::serialize
