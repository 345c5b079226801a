#pragma once
// TOML files: the keys of a config with their values and places, and how a text is written as a
// value. The only user of toml++.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace floatsd::app {

enum class TomlType { kBoolean, kInteger, kNumber, kText };

struct TomlScalar {
  TomlType type = TomlType::kText;
  std::string text;  ///< true, false, decimal digits, the shortest form of a number, or the text
  bool operator==(const TomlScalar&) const = default;
};

struct TomlEntry {
  std::string key;
  std::string place;               ///< of the value: "c.toml:3:9", line and column
  bool is_list = false;            ///< in brackets
  std::vector<TomlScalar> values;  ///< one, unless it is a list
};

/// The keys of `text`, sorted; `name` stands for it in places. Throws Error with the place: what is
/// not TOML or not UTF-8, a key that stands twice, a table, a date, a list in a list.
std::vector<TomlEntry> parse_toml(std::string_view text, const std::string& name);

/// Of a file. Throws Error also if it cannot be read.
std::vector<TomlEntry> read_toml(const std::filesystem::path& file);

/// `text` as a value: in quotes, with escapes. Requires UTF-8.
std::string toml_text(std::string_view text);
/// In its shortest form that reads back as the same number.
std::string toml_number(double value);
/// Texts in brackets.
std::string toml_list(const std::vector<std::string>& texts);

}  // namespace floatsd::app
