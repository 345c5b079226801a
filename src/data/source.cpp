#include "floatsd/data/source.h"

#include <array>
#include <string_view>

#include "core/names.h"
#include "floatsd/core/error.h"
#include "floatsd/data/registry.h"

namespace floatsd::data {
namespace {

struct FolderKind {
  std::string name;
  SourceKind kind;
};

const std::array<FolderKind, 3>& folder_kinds() {
  static const std::array<FolderKind, 3> kKinds = {
      {{"images", SourceKind::kImages}, {"npy", SourceKind::kNpy}, {"idx", SourceKind::kIdx}}};
  return kKinds;
}

}  // namespace

Source parse_source(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) {
    for (const FolderKind& kind : folder_kinds()) {
      if (text == kind.name) {
        throw Error("data set '" + text + "' names no folder, expected " + text + ":DIR");
      }
    }
    return {.kind = SourceKind::kRegistered, .name = find_registered(text).name};
  }
  const FolderKind& kind = find_entry("kind of data set", text.substr(0, colon), folder_kinds());
  const std::string folder = text.substr(colon + 1);
  if (folder.empty()) {
    throw Error("data set '" + text + "' names no folder, expected " + kind.name + ":DIR");
  }
  return {.kind = kind.kind, .folder = folder};
}

}  // namespace floatsd::data
