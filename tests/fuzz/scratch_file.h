#pragma once
// For readers that take a path: files in a folder that goes with the program.

#include <fstream>
#include <string_view>

#include "temporary_folder.h"

namespace fuzz {

inline const std::filesystem::path& scratch_folder() {
  static const TemporaryFolder folder;
  return folder.path();
}

inline std::filesystem::path scratch_file(const char* name, std::string_view bytes) {
  const std::filesystem::path path = scratch_folder() / name;
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return path;
}

}  // namespace fuzz
