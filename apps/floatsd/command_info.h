#pragma once
// Command info: what --help, man pages and shells' completions say of a command, as plain values.

#include <string>
#include <vector>

#include "value_type.h"

namespace floatsd::app {

struct OptionInfo {
  std::vector<std::string> names;  ///< "-o", "--output"; of an argument without dashes its name
  std::string description;
  ValueType value;  ///< of a switch: without a word
  std::string default_value;
  std::vector<std::string> excludes;  ///< "--resume"
  bool is_required = false;
  bool takes_several = false;  ///< values, one after another
};

struct OptionGroup {
  std::string title;
  std::vector<OptionInfo> options;
};

struct CommandInfo {
  std::string name;  ///< with the commands that it belongs to: "floatsd data fetch"
  std::string description;
  std::string footer;  ///< paragraphs; lines that begin with a space are shown as they are
  std::vector<OptionInfo> arguments;
  std::vector<OptionGroup> groups;  ///< those of option_group.h in that order, then "Options"
  std::vector<CommandInfo> subcommands;
};

/// "-o,--output FILE", "--seeds UINT ...".
std::string signature(const OptionInfo& option);

/// The description, with what else there is to say in brackets: a default, what it excludes.
std::string full_description(const OptionInfo& option);

/// "floatsd verify [OPTIONS] checkpoint model".
std::string usage(const CommandInfo& command);

/// The name's last word.
std::string short_name(const CommandInfo& command);

}  // namespace floatsd::app
