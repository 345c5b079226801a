#include "toml_file.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <utility>

#include "core/file.h"
#include "floatsd/core/error.h"

namespace floatsd::app {
namespace {

constexpr size_t kMostBytes = size_t{1} << 20;

std::string place(const std::string& name, const toml::source_position& at) {
  return name + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

void check_encoding(std::string_view text, const std::string& name) {
  const bool has_utf16_mark = text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff");
  const bool has_utf16_letters =
      text.size() >= 2 && ((text[0] == '\0') != (text[1] == '\0'));  // of ASCII, without a mark
  if (has_utf16_mark || has_utf16_letters) {
    throw Error(name + ": a text in UTF-16, expected UTF-8");
  }
}

/// toml++ recurses, and without a limit, over the parts of a dotted key.
void check_dots(std::string_view text, const std::string& name) {
  constexpr int kMostDots = 1000;
  size_t line = 1;
  int dots = 0;
  char quote = '\0';
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      dots = 0;
      quote = '\0';
    } else if (quote != '\0') {
      quote = c == quote ? '\0' : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '.' && ++dots > kMostDots) {
      throw Error(name + ":" + std::to_string(line) + ": more than " + std::to_string(kMostDots) +
                  " dots, expected a key and its value");
    }
  }
}

/// Whether it is a quote, and not one inside of a number or behind another text, where TOML has
/// none.
bool begins_text(std::string_view toml, size_t at) {
  const bool is_quote = toml[at] == '"' || toml[at] == '\'';
  return is_quote &&
         (at == 0 || std::string_view(" \t\r\n=,[{.").find(toml[at - 1]) != std::string_view::npos);
}

bool is_ascii(char c) { return static_cast<uint8_t>(c) < 0x80; }

/// Where the text in quotes at `begin` ends, or the file if it does not; or where a letter beyond
/// ASCII is next behind a backslash.
size_t end_of_text(std::string_view toml, size_t begin) {
  const char quote = toml[begin];
  const bool is_long = toml.substr(begin, 3) == std::string(3, quote);
  const std::string end(is_long ? 3 : 1, quote);
  size_t at = begin + end.size();
  while (at < toml.size() && toml.substr(at, end.size()) != end) {
    if (!is_long && toml[at] == '\n') {
      return at;
    }
    if (quote == '"' && toml[at] == '\\') {
      const size_t next = toml.find_first_not_of(" \t\r\n", at + 1);
      if (next != std::string_view::npos && !is_ascii(toml[next])) {
        return next;
      }
      ++at;
    }
    ++at;
  }
  at += end.size();
  for (int more = 0; is_long && more < 2 && at < toml.size() && toml[at] == quote; ++more) {
    ++at;
  }
  return std::min(at, toml.size());
}

/// TOML is ASCII outside of texts and comments; toml++ 3.3 has undefined behaviour at some letters
/// there, and if they begin the line behind a backslash.
void check_ascii(std::string_view text, const std::string& name) {
  for (size_t at = text.starts_with("\xEF\xBB\xBF") ? 3 : 0; at < text.size();) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (begins_text(text, at)) {
      at = end_of_text(text, at);
    } else if (!is_ascii(text[at])) {
      const auto line =
          1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n');
      throw Error(name + ":" + std::to_string(line) +
                  ": a letter beyond ASCII behind a backslash or outside of a text in quotes");
    } else {
      ++at;
    }
  }
}

TomlScalar scalar(const toml::node& node, const std::string& where) {
  if (const auto* boolean = node.as_boolean()) {
    return {TomlType::kBoolean, boolean->get() ? "true" : "false"};
  }
  if (const auto* integer = node.as_integer()) {
    return {TomlType::kInteger, std::to_string(integer->get())};
  }
  if (const auto* number = node.as_floating_point()) {
    return {TomlType::kNumber, toml_number(number->get())};
  }
  if (const auto* text = node.as_string()) {
    if (text->get().find('\0') != std::string::npos) {
      throw Error(where + ": a text with a zero byte, expected none");
    }
    return {TomlType::kText, text->get()};
  }
  const char* found = node.is_array() ? "a list" : node.is_table() ? "a table" : "a date or time";
  throw Error(where + ": " + found + ", expected true, false, a number, a text or a list of them");
}

TomlEntry entry(std::string key, const toml::node& node, const std::string& name) {
  TomlEntry result{.key = std::move(key), .place = place(name, node.source().begin)};
  const std::string where = result.place + ": " + result.key;
  if (const auto* list = node.as_array()) {
    result.is_list = true;
    for (const toml::node& item : *list) {
      result.values.push_back(scalar(item, where));
    }
  } else {
    result.values.push_back(scalar(node, where));
  }
  return result;
}

}  // namespace

std::vector<TomlEntry> parse_toml(std::string_view text, const std::string& name) {
  if (text.size() > kMostBytes) {
    throw Error(name + ": " + std::to_string(text.size()) +
                " bytes, expected a config of at most " + std::to_string(kMostBytes));
  }
  check_encoding(text, name);
  check_dots(text, name);
  check_ascii(text, name);
  try {
    std::vector<TomlEntry> entries;
    for (const auto& [key, node] : toml::parse(text)) {
      if (node.is_table() || node.is_array_of_tables()) {
        throw Error(place(name, node.source().begin) + ": unknown table '" +
                    std::string(key.str()) + "', expected keys without a table");
      }
      entries.push_back(entry(std::string(key.str()), node, name));
    }
    return entries;
  } catch (const toml::parse_error& error) {
    throw Error(place(name, error.source().begin) + ": " + std::string(error.description()));
  }
}

std::vector<TomlEntry> read_toml(const std::filesystem::path& file) {
  return parse_toml(read_file(file), file.string());
}

std::string toml_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      std::array<char, 8> escape;
      std::snprintf(escape.data(), escape.size(), "\\u%04x", byte);
      quoted += escape.data();
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string toml_number(double value) {
  std::array<char, 32> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  return {digits.data(), end};
}

std::string toml_list(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    list += (list.empty() ? "" : ", ") + toml_text(text);
  }
  return "[" + list + "]";
}

}  // namespace floatsd::app
