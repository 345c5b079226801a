#include "describe_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "hidden_flags.h"
#include "option_group.h"
#include "option_type.h"

namespace floatsd::app {
namespace {

constexpr const char* kOtherOptions = "Options";  // CLI11's for an option without a group

std::vector<std::string> split_names(const std::string& names) {
  std::vector<std::string> result(1);
  for (const char c : names) {
    if (c == ',') {
      result.emplace_back();
    } else {
      result.back() += c;
    }
  }
  return result;
}

OptionInfo info_of(const CLI::Option& option) {
  const bool is_argument = option.get_positional();
  OptionInfo info{
      .names = split_names(option.get_name(is_argument, !is_argument)),
      .description = option.get_description(),
      .is_required = option.get_required(),
      .takes_several = option.get_expected_max() == CLI::detail::expected_max_vector_size};
  for (std::string& name : info.names) {
    name = name.substr(0, name.find('{'));  // of a switch's opposite: --no-hflip{false}
  }
  if (!is_switch(option)) {
    info.value = parse_value_type(option.get_type_name());
    info.default_value = option.get_default_str();
  }
  for (const CLI::Option* other : option.get_excludes()) {
    info.excludes.push_back(other->get_name());
  }
  std::sort(info.excludes.begin(), info.excludes.end());  // they come in the order of their places
  return info;
}

void add_to(std::vector<OptionGroup>& groups, const std::string& title, OptionInfo option) {
  const auto found = std::find_if(groups.begin(), groups.end(),
                                  [&](const OptionGroup& group) { return group.title == title; });
  OptionGroup& group = found != groups.end() ? *found : groups.emplace_back(OptionGroup{title, {}});
  group.options.push_back(std::move(option));
}

size_t place_of(const std::string& title) {
  constexpr std::array kOrder = {group::kNetworkAndData, group::kQuantization, group::kCalibration,
                                 group::kSchedule,       group::kAugmentation, group::kOutput};
  return static_cast<size_t>(std::find(kOrder.begin(), kOrder.end(), title) - kOrder.begin());
}

std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return (parent == nullptr ? "" : full_name(*parent) + " ") + command.get_name();
}

}  // namespace

CommandInfo describe(const CLI::App& command) {
  CommandInfo info{.name = full_name(command),
                   .description = command.get_description(),
                   .footer = command.get_footer()};
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_positional()) {
      info.arguments.push_back(info_of(*option));
    } else if (!is_hidden(*option)) {
      add_to(info.groups, option->get_group(), info_of(*option));
    }
  }
  std::stable_sort(info.groups.begin(), info.groups.end(),
                   [](const OptionGroup& a, const OptionGroup& b) {
                     return place_of(a.title) < place_of(b.title);
                   });
  for (const CLI::App* sub : command.get_subcommands([](const CLI::App*) { return true; })) {
    info.subcommands.push_back(describe(*sub));
  }
  return info;
}

}  // namespace floatsd::app
