#pragma once
// Option table: each option once, for the command line, for config files and for config.toml.

#include <CLI/CLI.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "command_line.h"
#include "toml_file.h"

namespace floatsd::app {

/// A flag of the command line, a key of config files, a line of config.toml.
struct TableOption {
  std::string name;                    ///< without dashes
  std::function<void(CLI::App&)> add;  ///< declares the flag, whose callback sets the value
  std::function<std::string()> toml;   ///< the value; empty: config.toml has no such line
  std::string value_type = {};         ///< value_type.h; empty: as CLI11 has it
  std::string group = {};              ///< option_group.h
};

using OptionTable = std::vector<TableOption>;

/// The option with that type of value.
TableOption of_type(const std::string& value_type, TableOption option);

/// The options under that heading.
OptionTable in_group(const std::string& group, OptionTable table);

/// One table after the other.
OptionTable joined(std::vector<OptionTable> tables);

/// Those options as flags of the command.
void add_flags(CLI::App& command, const OptionTable& table);

std::vector<std::string> names_of(const OptionTable& table);

/// NAME = VALUE, a line an option.
std::string to_toml(const OptionTable& table);

/// Bounds of a number.
struct Bounds {
  int64_t least = 0, most = 0;
};

// The kinds of options. `value` must outlive what is made of them.

/// A whole number within bounds.
template <typename T>
TableOption count_option(const std::string& name, T& value, Bounds bounds,
                         const std::string& help) {
  return {.name = name,
          .add =
              [=, &value](CLI::App& command) {
                command.add_option("--" + name, value, help)
                    ->check(whole_number(bounds.least, bounds.most))
                    ->capture_default_str();
              },
          .toml = [&value] { return std::to_string(value); }};
}

/// A number; what it may be is checked by those who read it.
TableOption number_option(const std::string& name, double& value, const std::string& help);

/// One number, or one for each channel; none: no line.
TableOption numbers_option(const std::string& name, std::vector<double>& value,
                           const std::string& help);

/// A text; an empty one: no line.
TableOption text_option(const std::string& name, std::string& value, const std::string& help);

/// --NAME.
TableOption flag_option(const std::string& name, bool& value, const std::string& help);

/// --NAME, and --no-NAME.
TableOption switch_option(const std::string& name, bool& value, const std::string& help);

/// A value that has a name, which `parse` reads and `name_of` gives; an empty one: no line.
template <typename T>
TableOption named_option(
    const std::string& name, T& value, T (*parse)(std::string_view), const std::string& help,
    std::function<std::string(const T&)> name_of = [](const T& v) { return to_string(v); }) {
  return {.name = name,
          .add =
              [=, &value](CLI::App& command) {
                command
                    .add_option_function<std::string>(
                        "--" + name,
                        [&value, parse](const std::string& text) { value = parse(text); }, help)
                    ->default_str(name_of(value));
              },
          .toml =
              [&value, name_of] {
                const std::string text = name_of(value);
                return text.empty() ? text : toml_text(text);
              }};
}

/// How config.toml has a list of one text.
enum class OneText { kInBrackets, kAlone };

/// Several texts, which `set` reads; `texts` gives them back; none: no line.
TableOption list_option(const std::string& name, const std::string& help,
                        std::function<void(const std::vector<std::string>&)> set,
                        std::function<std::vector<std::string>()> texts, OneText one_text,
                        const std::string& shown_default = {});

}  // namespace floatsd::app
