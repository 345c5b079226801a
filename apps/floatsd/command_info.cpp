#include "command_info.h"

#include <algorithm>

namespace floatsd::app {

std::string signature(const OptionInfo& option) {
  std::string text;
  for (const std::string& name : option.names) {
    text += (text.empty() ? "" : ",") + name;
  }
  const bool is_argument = !text.starts_with('-');
  return text + (option.value.word.empty() || is_argument ? "" : " " + option.value.word) +
         (option.takes_several ? " ..." : "");
}

std::string full_description(const OptionInfo& option) {
  std::string more;
  const auto add = [&more](const std::string& text) { more += (more.empty() ? "" : "; ") + text; };
  const bool is_argument = !option.names.front().starts_with('-');
  if (option.is_required && !is_argument) {
    add("required");
  }
  if (!option.default_value.empty()) {
    add("default: " + option.default_value);
  }
  std::string others;
  for (const std::string& other : option.excludes) {
    others += (others.empty() ? "" : ", ") + other;
  }
  if (!others.empty()) {
    add("not with " + others);
  }
  return option.description + (more.empty() ? "" : " [" + more + "]");
}

std::string usage(const CommandInfo& command) {
  std::string text = command.name + " [OPTIONS]";
  for (const OptionInfo& argument : command.arguments) {
    const std::string name = signature(argument);
    text += argument.is_required ? " " + name : " [" + name + "]";
  }
  return text + (command.subcommands.empty() ? "" : " SUBCOMMAND");
}

std::string short_name(const CommandInfo& command) {
  return command.name.substr(command.name.rfind(' ') + 1);
}

}  // namespace floatsd::app
