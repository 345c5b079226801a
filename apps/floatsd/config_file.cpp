#include "config_file.h"

#include <CLI/CLI.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "floatsd/core/error.h"
#include "floatsd/core/file.h"
#include "floatsd/core/names.h"

namespace floatsd::app {
namespace {

std::vector<std::string> configurable_keys(const CLI::App& command) {
  std::vector<std::string> keys;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_configurable() && !option->get_lnames().empty()) {
      keys.push_back(option->get_lnames().front());
    }
  }
  return keys;
}

CLI::Option& find_option(CLI::App& command, const CLI::ConfigItem& item) {
  CLI::Option* option = command.get_option_no_throw("--" + item.name);
  if (option == nullptr || !option->get_configurable() || !item.parents.empty() ||
      option->get_lnames().front() != item.name) {  // --no-hflip is hflip = false here
    throw Error("unknown key '" + item.fullname() + "'" +
                suggest(item.name, configurable_keys(command)));
  }
  return *option;
}

/// "true" is what a flag on the command line leaves; "false" leaves it off.
void set_flag(CLI::Option& option, const CLI::ConfigItem& item) {
  const std::string value = item.inputs.size() == 1 ? item.inputs.front() : "";
  if (value != "true" && value != "false") {
    throw Error(item.name + ": expected true or false");
  }
  if (value == "true") {
    option.add_result("true");
    option.run_callback();
  }
}

void set(CLI::Option& option, const CLI::ConfigItem& item) {
  if (option.count() > 0) {
    return;
  }
  if (option.get_expected_max() == 0) {
    set_flag(option, item);
    return;
  }
  try {
    option.add_result(item.inputs);
    option.run_callback();
  } catch (const CLI::Error& error) {
    throw Error(item.name + ": " + error.what());
  }
}

}  // namespace

void apply_config_file(CLI::App& command, const std::filesystem::path& file) {
  try {
    std::istringstream text(read_file(file));
    for (const CLI::ConfigItem& item : CLI::ConfigTOML().from_config(text)) {
      if (item.name != "++" && item.name != "--") {  // where a section begins and ends
        set(find_option(command, item), item);
      }
    }
  } catch (const CLI::Error& error) {
    throw Error(file.string() + ": " + error.what());
  } catch (const Error& error) {
    const std::string what = error.what();
    throw Error(what.starts_with(file.string()) ? what : file.string() + ": " + what);
  }
}

}  // namespace floatsd::app
