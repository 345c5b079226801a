#include "hidden_flags.h"

#include <CLI/CLI.hpp>

namespace floatsd::app {
namespace {

constexpr const char* kHiddenGroup = "hidden";  // one without a name hides them from messages, too

}  // namespace

void hide(const std::vector<CLI::Option*>& options) {
  for (CLI::Option* option : options) {
    option->group(kHiddenGroup);
  }
}

bool is_hidden(const CLI::Option& option) { return option.get_group() == kHiddenGroup; }

}  // namespace floatsd::app
