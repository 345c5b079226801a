#include "config_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "flag_names.h"
#include "floatsd/core/error.h"
#include "option_type.h"
#include "toml_file.h"

namespace floatsd::app {
namespace {

using Options = std::set<const CLI::Option*>;

std::vector<std::string> configurable_keys(const CLI::App& command) {
  std::vector<std::string> keys;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_configurable() && !option->get_lnames().empty()) {
      keys.push_back(option->get_lnames().front());
    }
  }
  return keys;
}

/// Null if there is none of that key.
CLI::Option* find_option(CLI::App& command, const std::string& key) {
  CLI::Option* option = command.get_option_no_throw("--" + key);
  const bool is_key = option != nullptr && option->get_configurable() &&
                      option->get_lnames().front() == key;  // --no-hflip is hflip = false here
  return is_key ? option : nullptr;
}

/// Another subcommand's option of that key, if that one takes configs.
CLI::Option* find_elsewhere(CLI::App& command, const std::string& key) {
  for (CLI::App* other : command.get_parent()->get_subcommands([](CLI::App*) { return true; })) {
    CLI::Option* option =
        other->get_option_no_throw("--config") == nullptr ? nullptr : find_option(*other, key);
    if (option != nullptr) {
      return option;
    }
  }
  return nullptr;
}

[[noreturn]] void refuse_key(const CLI::App& command, const TomlEntry& entry) {
  const std::string meant = meant_flag(entry.key, configurable_keys(command));
  throw Error(entry.place + ": unknown key '" + entry.key + "'" +
              (meant.empty() ? " (see floatsd " + command.get_name() + " --help)"
                             : ": did you mean '" + meant + "'?"));
}

bool is_list(const CLI::Option& option) { return option.get_expected_max() > 1; }

/// What `option` holds: by the name that CLI11 shows for its type, validators left off.
TomlType type_of(const CLI::Option& option) {
  if (is_switch(option)) {
    return TomlType::kBoolean;
  }
  const std::string type = type_name(option);
  if (type == "INT" || type == "UINT") {
    return TomlType::kInteger;
  }
  return type == "FLOAT" ? TomlType::kNumber : TomlType::kText;
}

std::string name_of(TomlType type) {
  switch (type) {
    case TomlType::kBoolean:
      return "true or false";
    case TomlType::kInteger:
      return "a whole number";
    case TomlType::kNumber:
      return "a number";
    case TomlType::kText:
      break;
  }
  return "a text in quotes";
}

/// A whole number is a number.
bool fits(TomlType found, TomlType expected) {
  return found == expected || (found == TomlType::kInteger && expected == TomlType::kNumber);
}

/// Nearly as it was written: a fraction with its point.
std::string shown(const TomlScalar& value) {
  if (value.type == TomlType::kText) {
    return toml_text(value.text);
  }
  const bool has_point = value.text.find_first_not_of("-0123456789") != std::string::npos;
  return value.type == TomlType::kNumber && !has_point ? value.text + ".0" : value.text;
}

void check_type(const CLI::Option& option, const TomlEntry& entry) {
  const TomlType expected = type_of(option);
  const std::string where = entry.place + ": " + entry.key + ": ";
  if (entry.is_list && !is_list(option)) {
    throw Error(where + "a list, expected " + name_of(expected));
  }
  for (const TomlScalar& value : entry.values) {
    if (!fits(value.type, expected)) {
      throw Error(where + shown(value) + ", expected " + name_of(expected));
    }
  }
}

/// One that `option` excludes and that was given; none: null.
const CLI::Option* excluded_by(const CLI::Option& option) {
  for (const CLI::Option* other : option.get_excludes()) {
    if (other->count() > 0) {
      return other;
    }
  }
  return nullptr;
}

void set(CLI::Option& option, const TomlEntry& entry) {
  if (is_switch(option)) {
    if (entry.values.front().text == "true") {  // what a flag on the command line leaves
      option.add_result("true");
      option.run_callback();
    }
    return;
  }
  if (entry.values.empty()) {
    return;
  }
  for (const TomlScalar& value : entry.values) {
    option.add_result(value.text);
  }
  option.run_callback();
}

void apply(CLI::Option& option, const TomlEntry& entry, const Options& on_command_line) {
  check_type(option, entry);
  if (on_command_line.contains(&option)) {
    return;
  }
  if (const CLI::Option* other = excluded_by(option)) {
    const bool is_off = is_switch(option) && entry.values.front().text == "false";
    if (!is_off && !on_command_line.contains(other)) {
      throw Error(entry.place + ": " + entry.key + " excludes " + other->get_lnames().front() +
                  ", which stands there, too");
    }
    return;
  }
  try {
    set(option, entry);
  } catch (const CLI::Error& error) {
    const std::string what = error.what();
    const std::string flag = "--" + entry.key;
    throw Error(entry.place + ": " +
                (what.starts_with(flag) ? what.substr(2) : entry.key + ": " + what));
  } catch (const Error& error) {
    throw Error(entry.place + ": " + error.what());
  }
}

}  // namespace

std::string apply_config_file(CLI::App& command, const std::filesystem::path& file) {
  Options on_command_line;
  for (const CLI::Option* option : command.get_options()) {
    if (option->count() > 0) {
      on_command_line.insert(option);
    }
  }
  std::string unused;
  for (const TomlEntry& entry : read_toml(file)) {
    if (CLI::Option* option = find_option(command, entry.key)) {
      apply(*option, entry, on_command_line);
    } else if (CLI::Option* elsewhere = find_elsewhere(command, entry.key)) {
      apply(*elsewhere, entry, on_command_line);
      unused += (unused.empty() ? "" : ", ") + entry.key;
    } else {
      refuse_key(command, entry);
    }
  }
  return unused.empty() ? ""
                        : file.string() + ": no effect in " + command.get_name() + ": " + unused;
}

}  // namespace floatsd::app
