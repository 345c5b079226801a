#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <vector>

#include "core/utf8.h"
#include "flag_names.h"
#include "hidden_flags.h"
#include "option_type.h"

namespace floatsd::app {
namespace {

using Check = std::string (*)(std::string&);

template <typename Number>
bool reads(const std::string& text, Number& number) {
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && rest == text.data() + text.size();
}

bool is_all_digits(const std::string& text) {
  return text.find_first_not_of("0123456789", text.starts_with('-') ? 1 : 0) == std::string::npos;
}

/// Takes a sign that says nothing and leading zeros off, which C would read as octal.
void make_plain(std::string& text) {
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') {
    text.erase(0, 1);
  }
  if (is_all_digits(text)) {
    const size_t begin = text.starts_with('-') ? 1 : 0;
    const size_t digit = std::min(text.find_first_not_of('0', begin), text.size() - 1);
    text.erase(begin, std::max(digit, begin) - begin);
  }
}

std::string check_whole(std::string& text) {
  make_plain(text);
  int64_t value = 0;
  if (reads(text, value)) {
    return {};
  }
  const bool is_too_large = !text.empty() && text != "-" && is_all_digits(text);
  return text + (is_too_large ? " is too large" : ", expected a whole number");
}

std::string check_number(std::string& text) {
  make_plain(text);
  double value = 0;
  return reads(text, value) && std::isfinite(value) ? "" : text + ", expected a number";
}

std::string check_text(std::string& text) {
  if (text.empty()) {
    return "an empty text, expected a value";
  }
  return is_utf8(text) ? "" : "'" + text + "' is not UTF-8";
}

void make_strict(CLI::Option& option) {
  if (option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeLast) {
    option.multi_option_policy(CLI::MultiOptionPolicy::Throw);
  }
  if (is_switch(option)) {
    return;
  }
  const std::string type = type_name(option);
  const Check check = type == "INT" || type == "UINT" ? check_whole
                      : type == "FLOAT"               ? check_number
                                                      : check_text;
  option.transform(CLI::Validator(check, ""));
}

std::vector<std::string> flag_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (!is_hidden(*option)) {
      names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
      names.insert(names.end(), option->get_fnames().begin(), option->get_fnames().end());
    }
  }
  return names;
}

/// The subcommands that have a flag of that name: "calibrate, sweep".
std::string owners(const CLI::App& command, const std::string& flag) {
  std::string owners;
  for (const CLI::App* other : command.get_subcommands([](const CLI::App*) { return true; })) {
    const std::vector<std::string> names = flag_names(*other);
    if (std::find(names.begin(), names.end(), flag) != names.end()) {
      owners += (owners.empty() ? "" : ", ") + other->get_name();
    }
  }
  return owners;
}

/// The subcommand that the command line named, the innermost.
const CLI::App& used(const CLI::App& command) {
  const std::vector<const CLI::App*> parsed =
      command.get_subcommands([](const CLI::App* subcommand) { return subcommand->count() > 0; });
  return parsed.empty() ? command : used(*parsed.front());
}

/// " (see floatsd train --help)".
std::string see_help(const CLI::App& command, const CLI::App& subcommand) {
  return " (see floatsd " + (&subcommand == &command ? "" : subcommand.get_name() + " ") +
         "--help)";
}

std::string unknown_text(const CLI::App& command, const CLI::App& subcommand,
                         const std::string& argument) {
  const std::string name = subcommand.get_name();
  if (!argument.starts_with('-')) {
    return name + ": unexpected argument '" + argument + "'";
  }
  const std::string flag =
      argument.substr(0, argument.find('=')).substr(argument.starts_with("--") ? 2 : 1);
  const std::string what =
      (&subcommand == &command ? "" : name + ": ") + "unknown flag '" + argument + "'";
  if (const std::string others = owners(command, flag); !others.empty()) {
    return what + ", a flag of: " + others;
  }
  const std::string meant = meant_flag(flag, flag_names(subcommand));
  return what +
         (meant.empty() ? see_help(command, subcommand) : ": did you mean '--" + meant + "'?");
}

/// The first argument that nothing took; flags before others.
std::string first_unknown(const CLI::App& command) {
  const std::vector<std::string> rest = command.remaining(/*recurse=*/true);
  const auto flag = std::find_if(rest.begin(), rest.end(), [](const std::string& argument) {
    return argument.size() > 1 && argument.starts_with('-');
  });
  return flag != rest.end() ? *flag : rest.empty() ? "" : rest.front();
}

/// One that stands twice, and takes one value.
const CLI::Option* repeated(const CLI::App& subcommand) {
  for (const CLI::Option* option : subcommand.get_options()) {
    if (option->get_expected_max() <= 1 && option->results().size() > 1) {
      return option;
    }
  }
  return nullptr;
}

std::string repeated_text(const CLI::Option& option) {
  std::string values;
  for (const std::string& value : option.results()) {
    values += (values.empty() ? "" : ", then ") + value;
  }
  return option.get_name() + ": given " + std::to_string(option.results().size()) + " times" +
         (is_switch(option) ? "" : " (" + values + ")") + ", expected once";
}

}  // namespace

CLI::Validator whole_number(int64_t least, int64_t most) {
  const std::string range = std::to_string(least) + " to " + std::to_string(most);
  return {[least, most, range](std::string& text) -> std::string {
            int64_t value = 0;
            const bool fits = reads(text, value) && value >= least && value <= most;
            return fits ? "" : text + ", expected a whole number from " + range;
          },
          ""};
}

CLI::Validator number(double least, double most) {
  const std::string range = CLI::detail::to_string(least) + " to " + CLI::detail::to_string(most);
  return {[least, most, range](std::string& text) -> std::string {
            double value = 0;
            const bool fits = reads(text, value) && value >= least && value <= most;
            return fits ? "" : text + ", expected a number from " + range;
          },
          ""};
}

void make_strict(CLI::App& command) {
  for (CLI::Option* option : command.get_options()) {
    make_strict(*option);
  }
  for (CLI::App* subcommand : command.get_subcommands([](CLI::App*) { return true; })) {
    make_strict(*subcommand);
  }
}

std::string explain(const CLI::App& command, const CLI::ParseError& error) {
  const CLI::App& subcommand = used(command);
  if (const CLI::Option* option = repeated(subcommand)) {
    return repeated_text(*option);
  }
  const std::string unknown = first_unknown(command);
  const bool is_flag = unknown.size() > 1 && unknown.starts_with('-');
  if (!unknown.empty() && (is_flag || error.get_name() == "ExtrasError")) {
    return unknown_text(command, subcommand, unknown);
  }
  if (error.get_name() == "ValidationError") {
    return error.what();
  }
  return error.what() + see_help(command, subcommand);
}

}  // namespace floatsd::app
