#include "option_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace floatsd::app {

TableOption of_type(const std::string& value_type, TableOption option) {
  option.value_type = value_type;
  return option;
}

OptionTable in_group(const std::string& group, OptionTable table) {
  for (TableOption& option : table) {
    option.group = group;
  }
  return table;
}

OptionTable joined(std::vector<OptionTable> tables) {
  OptionTable all;
  for (OptionTable& table : tables) {
    std::move(table.begin(), table.end(), std::back_inserter(all));
  }
  return all;
}

void add_flags(CLI::App& command, const OptionTable& table) {
  for (const TableOption& option : table) {
    option.add(command);
    CLI::Option* added = command.get_option("--" + option.name);
    if (!option.value_type.empty()) {
      added->type_name(option.value_type);
    }
    if (!option.group.empty()) {
      added->group(option.group);
    }
  }
}

std::vector<std::string> names_of(const OptionTable& table) {
  std::vector<std::string> names;
  for (const TableOption& option : table) {
    names.push_back(option.name);
  }
  return names;
}

std::string to_toml(const OptionTable& table) {
  std::string lines;
  for (const TableOption& option : table) {
    const std::string value = option.toml();
    lines += value.empty() ? "" : option.name + " = " + value + "\n";
  }
  return lines;
}

TableOption number_option(const std::string& name, double& value, const std::string& help) {
  return {.name = name,
          .add =
              [=, &value](CLI::App& command) {
                command.add_option("--" + name, value, help)->capture_default_str();
              },
          .toml = [&value] { return toml_number(value); }};
}

TableOption numbers_option(const std::string& name, std::vector<double>& value,
                           const std::string& help) {
  return {.name = name,
          .add =
              [=, &value](CLI::App& command) {
                command.add_option("--" + name, value, help)
                    ->delimiter(',')
                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
              },
          .toml =
              [&value] {
                std::string list;
                for (const double number : value) {
                  list += (list.empty() ? "[" : ", ") + toml_number(number);
                }
                return list.empty() ? list : list + "]";
              }};
}

TableOption text_option(const std::string& name, std::string& value, const std::string& help) {
  return {.name = name,
          .add =
              [=, &value](CLI::App& command) {
                command.add_option("--" + name, value, help)->capture_default_str();
              },
          .toml = [&value] { return value.empty() ? "" : toml_text(value); }};
}

TableOption flag_option(const std::string& name, bool& value, const std::string& help) {
  return {.name = name,
          .add = [=, &value](CLI::App& command) { command.add_flag("--" + name, value, help); },
          .toml = [&value] { return std::string(value ? "true" : "false"); }};
}

TableOption switch_option(const std::string& name, bool& value, const std::string& help) {
  return {.name = name,
          .add =
              [=, &value](CLI::App& command) {
                command.add_flag("--" + name + ",!--no-" + name, value, help);
              },
          .toml = [&value] { return std::string(value ? "true" : "false"); }};
}

TableOption list_option(const std::string& name, const std::string& help,
                        std::function<void(const std::vector<std::string>&)> set,
                        std::function<std::vector<std::string>()> texts, OneText one_text,
                        const std::string& shown_default) {
  return {.name = name,
          .add =
              [=, set = std::move(set)](CLI::App& command) {
                command.add_option_function<std::vector<std::string>>("--" + name, set, help)
                    ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
                    ->default_str(shown_default);
              },
          .toml =
              [texts = std::move(texts), one_text] {
                const std::vector<std::string> values = texts();
                if (values.empty()) {
                  return std::string();
                }
                return one_text == OneText::kAlone && values.size() == 1 ? toml_text(values.front())
                                                                         : toml_list(values);
              }};
}

}  // namespace floatsd::app
