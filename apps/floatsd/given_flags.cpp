#include "given_flags.h"

#include <CLI/CLI.hpp>

namespace floatsd::app {

std::set<std::string> given_flags(const CLI::App& command) {
  std::set<std::string> given;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() > 0 && !option->get_lnames().empty()) {
      given.insert(option->get_lnames().front());
    }
  }
  return given;
}

}  // namespace floatsd::app
