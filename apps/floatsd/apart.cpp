#include "apart.h"

#include <system_error>

#include "floatsd/core/error.h"

namespace floatsd::app {

void require_apart(const std::filesystem::path& input, const std::filesystem::path& output,
                   const std::string& flag) {
  std::error_code missing;  // then they are not the same
  if (std::filesystem::equivalent(input, output, missing)) {
    throw Error(input.string() + ": is read, and " + flag +
                " would replace it; expected another output");
  }
}

}  // namespace floatsd::app
