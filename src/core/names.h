#pragma once
// Names from configs and the command line: looked up, with "did you mean" if one is unknown.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace floatsd {

/// The one of `known` within edit distance 2 of `name`, the nearest, the first of equals; empty
/// if there is none.
std::string nearest_name(std::string_view name, std::span<const std::string> known);

/// ": did you mean 'epochs'?" if there is a nearest name, else ", expected one of: a, b, c".
std::string suggest(std::string_view name, std::span<const std::string> known);

/// Each in single quotes.
std::vector<std::string> quoted(std::span<const std::string> names);

/// "a, b, c and 7 more": at most six of them by name.
std::string list_text(std::span<const std::string> names);

/// The index of `name` in `known`. Throws Error "WHAT 'NAME' is unknown" with a suggestion where it
/// is not there.
size_t find_name(const std::string& what, std::string_view name,
                 std::span<const std::string> known);

/// The entry of a registry whose .name is `name`; throws as find_name.
template <typename Entries>
const auto& find_entry(const std::string& what, std::string_view name, const Entries& entries) {
  std::vector<std::string> names;
  for (const auto& entry : entries) {
    names.emplace_back(entry.name);
  }
  return entries[find_name(what, name, names)];
}

}  // namespace floatsd
