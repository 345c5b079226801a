#include "apart.h"

#include <map>
#include <system_error>

#include "core/file.h"
#include "floatsd/core/error.h"

namespace floatsd::app {

namespace fs = std::filesystem;

void require_apart(const std::filesystem::path& input, const std::filesystem::path& output,
                   const std::string& flag) {
  std::error_code missing;  // then they are not the same
  if (fs::equivalent(input, output, missing)) {
    throw Error(input.string() + ": is read, and " + flag +
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
    std::error_code unreachable;
    const auto [other, is_new] =
        by_place.emplace(fs::weakly_canonical(output.path, unreachable), &output);
    if (!is_new) {
      throw Error(output.path.string() + ": is to be written by " + other->second->flag + " and " +
                  output.flag + "; expected two files");
    }
  }
}

}  // namespace floatsd::app
