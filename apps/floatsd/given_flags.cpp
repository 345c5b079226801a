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

std::vector<std::string> names_of_added_flags(const CLI::App& command,
                                              const std::function<void()>& add) {
  const size_t before = command.get_options().size();
  add();
  std::vector<std::string> names;
  for (size_t i = before; i < command.get_options().size(); ++i) {
    names.push_back(command.get_options()[i]->get_lnames().front());
  }
  return names;
}

}  // namespace floatsd::app
