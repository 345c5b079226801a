#include "shell_completion.h"

#include <algorithm>
#include <functional>

namespace floatsd::app {
namespace {

using Visit = std::function<void(const CommandInfo&)>;

/// The command and all below it.
void for_each_command(const CommandInfo& command, const Visit& visit) {
  visit(command);
  for (const CommandInfo& sub : command.subcommands) {
    for_each_command(sub, visit);
  }
}

void for_each_option(const CommandInfo& command,
                     const std::function<void(const OptionInfo&)>& visit) {
  for (const OptionGroup& group : command.groups) {
    for (const OptionInfo& option : group.options) {
      visit(option);
    }
  }
}

bool is_switch(const OptionInfo& option) { return option.value.word.empty(); }

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : separator) + word;
  }
  return text;
}

std::vector<std::string> flags_of(const CommandInfo& command) {
  std::vector<std::string> flags;
  for_each_option(command, [&](const OptionInfo& option) {
    flags.insert(flags.end(), option.names.begin(), option.names.end());
  });
  return flags;
}

std::vector<std::string> names_of(const std::vector<CommandInfo>& commands) {
  std::vector<std::string> names;
  for (const CommandInfo& command : commands) {
    names.push_back(short_name(command));
  }
  return names;
}

/// "files", "folders" or "", by what a value is.
std::string paths_of(const ValueType& value) {
  return value.is_file ? "files" : value.is_folder ? "folders" : "";
}

/// In single quotes.
std::string quoted(const std::string& text) {
  std::string result = "'";
  for (const char c : text) {
    result += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return result + "'";
}

std::string first_sentence(const std::string& description) {
  return description.substr(0, description.find_first_of(":;(,\n"));
}

/// A case of bash: what its words and paths are.
std::string bash_case(const std::string& pattern, const std::string& words,
                      const std::string& paths) {
  return "    " + pattern + ") words=" + quoted(words) + " paths=" + quoted(paths) + " ;;\n";
}

std::string bash_pattern(const CommandInfo& command, const std::vector<std::string>& names) {
  std::string pattern;
  for (const std::string& name : names) {
    pattern += (pattern.empty() ? "" : "|") + quoted(command.name + " " + name);
  }
  return pattern;
}

constexpr const char* kBashEngine = R"sh(
_floatsd() {
  local cur=${COMP_WORDS[COMP_CWORD]} command=floatsd flag='' since=0 place=0
  local words='' paths='' i word
  local -a line=()
  for ((i = 1; i < COMP_CWORD; i++)); do  # --flag=value comes in three words
    [[ ${COMP_WORDS[i]} == = ]] || line+=("${COMP_WORDS[i]}")
  done
  [[ $cur != = ]] || cur=''
  for word in "${line[@]}"; do
    if [[ $word == -* ]]; then
      flag=$word since=0
    elif [[ -n $flag ]] && _floatsd_takes "$command $flag" "$since"; then
      ((since += 1))
    elif _floatsd_has "$command" "$word"; then
      command="$command $word" flag='' place=0
    else
      ((place += 1))
    fi
  done
  if [[ $cur == -* ]]; then
    _floatsd_flags "$command"
  elif [[ -n $flag ]] && _floatsd_takes "$command $flag" "$since"; then
    _floatsd_value "$command $flag"
  else
    _floatsd_arguments "$command $place"
  fi
  COMPREPLY=()
  [[ -z $words ]] || mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
  if [[ $paths == files ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$cur")
  elif [[ $paths == folders ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$cur")
  fi
}

complete -F _floatsd floatsd
)sh";

/// How many values a flag takes: 0, 1, or more without an end.
std::string bash_counts(const CommandInfo& root) {
  std::string one, several;
  for_each_command(root, [&](const CommandInfo& command) {
    for_each_option(command, [&](const OptionInfo& option) {
      if (!is_switch(option)) {
        std::string& to = option.takes_several ? several : one;
        to += (to.empty() ? "" : "|") + bash_pattern(command, option.names);
      }
    });
  });
  return "_floatsd_takes() {  # COMMAND AND FLAG, VALUES THAT IT HAS: whether it takes another\n"
         "  case $1 in\n" +
         (several.empty() ? "" : "    " + several + ") return 0 ;;\n") +
         (one.empty() ? "" : "    " + one + ") (($2 == 0)) ;;\n") +
         "    *) return 1 ;;\n  esac\n}\n";
}

std::string zsh_action(const ValueType& value) {
  const std::string files = value.is_file ? "_files" : value.is_folder ? "_files -/" : "";
  if (value.choices.empty()) {
    return files.empty() ? " " : files;
  }
  const std::string words = "(" + joined(value.choices, " ") + ")";
  return files.empty() ? words : "{compadd -- " + joined(value.choices, " ") + "; " + files + "}";
}

/// A text inside a spec of _arguments.
std::string zsh_text(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') {
      result += '\\';
    }
    result += c;
  }
  return result;
}

std::string zsh_option(const OptionInfo& option) {
  std::string specs;
  for (const std::string& name : option.names) {
    std::string spec = name + "[" + zsh_text(first_sentence(option.description)) + "]";
    if (option.takes_several) {
      spec += ":*-*:" + option.value.word + ":" + zsh_action(option.value);
    } else if (!is_switch(option)) {
      spec += ":" + option.value.word + ":" + zsh_action(option.value);
    }
    specs += " \\\n    " + quoted(spec);
  }
  return specs;
}

std::string zsh_function(const CommandInfo& command) {
  std::string name = command.name;
  std::replace(name.begin(), name.end(), ' ', '_');
  std::string text = "_" + name + "() {\n";
  if (!command.subcommands.empty()) {
    text += "  local line state\n  local -a commands=(\n";
    for (const CommandInfo& sub : command.subcommands) {
      text += "    " + quoted(short_name(sub) + ":" + sub.description) + "\n";
    }
    text += "  )\n";
  }
  text += "  _arguments" + std::string(command.subcommands.empty() ? "" : " -C");
  for_each_option(command, [&](const OptionInfo& option) { text += zsh_option(option); });
  for (const OptionInfo& argument : command.arguments) {
    text += " \\\n    " + quoted((argument.takes_several ? "*:" : ":") + argument.names.front() +
                                 ":" + zsh_action(argument.value));
  }
  if (!command.subcommands.empty()) {
    text +=
        " \\\n    '1: :->command' \\\n    '*:: :->arguments'\n  case $state in\n"
        "    command) _describe command commands ;;\n    arguments)\n      case $line[1] in\n";
    for (const CommandInfo& sub : command.subcommands) {
      text += "        " + short_name(sub) + ") _" + name + "_" + short_name(sub) + " ;;\n";
    }
    text += "      esac ;;\n  esac";
  }
  return text + "\n}\n\n";
}

/// When fish is to offer what belongs to a command.
std::string fish_condition(const CommandInfo& command) {
  const size_t space = command.name.find(' ');
  if (space == std::string::npos) {
    return "__fish_use_subcommand";
  }
  std::string condition;
  std::string words = command.name.substr(space + 1);
  for (size_t at = 0; at < words.size();) {
    const size_t end = std::min(words.find(' ', at), words.size());
    condition += (condition.empty() ? "" : "; and ") + std::string("__fish_seen_subcommand_from ") +
                 words.substr(at, end - at);
    at = end + 1;
  }
  if (!command.subcommands.empty()) {
    condition +=
        "; and not __fish_seen_subcommand_from " + joined(names_of(command.subcommands), " ");
  }
  return condition;
}

std::string fish_option(const std::string& condition, const OptionInfo& option) {
  std::string line = "complete -c floatsd -n " + quoted(condition);
  for (const std::string& name : option.names) {
    line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  if (!is_switch(option)) {
    line += option.value.is_file || option.value.is_folder ? " -rF" : " -x";
  }
  if (!option.value.choices.empty()) {
    line += " -a " + quoted(joined(option.value.choices, " "));
  }
  return line + " -d " + quoted(first_sentence(option.description)) + "\n";
}

}  // namespace

std::string bash_completion(const CommandInfo& root) {
  std::string has, flags, values, arguments;
  for_each_command(root, [&](const CommandInfo& command) {
    if (!command.subcommands.empty()) {
      has += "    " + bash_pattern(command, names_of(command.subcommands)) + ") return 0 ;;\n";
    }
    flags += bash_case(quoted(command.name), joined(flags_of(command), " "), "");
    for_each_option(command, [&](const OptionInfo& option) {
      if (!option.value.choices.empty() || !paths_of(option.value).empty()) {
        values += bash_case(bash_pattern(command, option.names), joined(option.value.choices, " "),
                            paths_of(option.value));
      }
    });
    if (!command.subcommands.empty()) {
      arguments +=
          bash_case(quoted(command.name + " 0"), joined(names_of(command.subcommands), " "), "");
    }
    for (size_t place = 0; place < command.arguments.size(); ++place) {
      const OptionInfo& argument = command.arguments[place];
      const std::string pattern = argument.takes_several
                                      ? quoted(command.name + " ") + "*"
                                      : quoted(command.name + " " + std::to_string(place));
      arguments +=
          bash_case(pattern, joined(argument.value.choices, " "), paths_of(argument.value));
    }
  });
  const auto function = [](const std::string& name, const std::string& subject,
                           const std::string& cases) {
    return name + "() {\n  case " + subject + " in\n" + cases + "  esac\n}\n";
  };
  return "# bash completion of floatsd, made by `floatsd manual`.\n\n" +
         function("_floatsd_has", "\"$1 $2\"", has + "    *) return 1 ;;\n") + bash_counts(root) +
         function("_floatsd_flags", "$1", flags) + function("_floatsd_value", "$1", values) +
         function("_floatsd_arguments", "$1", arguments) + kBashEngine;
}

std::string zsh_completion(const CommandInfo& root) {
  std::string text = "#compdef floatsd\n# Made by `floatsd manual`.\n\n";
  for_each_command(root, [&](const CommandInfo& command) { text += zsh_function(command); });
  return text + "_floatsd \"$@\"\n";
}

std::string fish_completion(const CommandInfo& root) {
  std::string text =
      "# fish completion of floatsd, made by `floatsd manual`.\n\n"
      "complete -c floatsd -f\n";
  for_each_command(root, [&](const CommandInfo& command) {
    const std::string condition = fish_condition(command);
    for (const CommandInfo& sub : command.subcommands) {
      text += "complete -c floatsd -n " + quoted(condition) + " -a " + short_name(sub) + " -d " +
              quoted(sub.description) + "\n";
    }
    for_each_option(command,
                    [&](const OptionInfo& option) { text += fish_option(condition, option); });
    for (const OptionInfo& argument : command.arguments) {
      text +=
          "complete -c floatsd -n " + quoted(condition) +
          (argument.value.is_file || argument.value.is_folder ? " -F" : "") +
          (argument.value.choices.empty() ? ""
                                          : " -a " + quoted(joined(argument.value.choices, " "))) +
          "\n";
    }
  });
  return text;
}

}  // namespace floatsd::app
