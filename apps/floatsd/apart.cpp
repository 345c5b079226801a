#include "apart.h"

#include <map>
#include <system_error>

#include "core/file.h"
#include "floatsd/core/error.h"

namespace floatsd::app {

namespace fs = std::filesystem;

namespace {

/// Where what is written to that path comes to lie, through links to what is not there, too.
fs::path place_of(fs::path path) {
  constexpr int kMostLinks = 40;
  std::error_code code;
  for (int i = 0; i < kMostLinks && fs::is_symlink(path, code); ++i) {
    path = path.parent_path() / fs::read_symlink(path, code);
  }
  return fs::weakly_canonical(path, code);
}

}  // namespace

void require_apart(const std::filesystem::path& input, const std::filesystem::path& output,
                   const std::string& flag) {
  std::error_code missing;  // then they are not the same
  if (fs::equivalent(input, output, missing)) {
    throw Error(input.string() + ": is read, and " + flag +
                " would replace it; expected another output");
  }
}

void require_outside(const fs::path& folder, const Output& output) {
  std::error_code missing;
  if (output.path.empty() || !fs::exists(output.path, missing)) {
    return;
  }
  const fs::path inner = place_of(output.path).lexically_relative(place_of(folder));
  if (!inner.empty() && *inner.begin() != "..") {
    throw Error(output.path.string() + ": lies among the images that are read, and " + output.flag +
                " would replace it; expected another output");
  }
}

void require_outputs(const std::vector<Output>& outputs) {
  std::map<fs::path, const Output*> by_place;
  for (const Output& output : outputs) {
    if (output.path.empty()) {
      continue;
    }
    require_writable(output.path);
    const auto [other, is_new] = by_place.emplace(place_of(output.path), &output);
    if (!is_new) {
      throw Error(output.path.string() + ": is to be written by " + other->second->flag + " and " +
                  output.flag + "; expected two files");
    }
  }
}

}  // namespace floatsd::app
