#include "emit/c/identifier.h"

#include <algorithm>
#include <array>

namespace floatsd::emit::c {
namespace {

// Without the locale, and defined for every byte of a name in UTF-8.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <typename Keep>
std::string keep_or_underscore(std::string_view name, const Keep& keep) {
  std::string text(name);
  std::replace_if(text.begin(), text.end(), [&](char c) { return !keep(c); }, '_');
  return text;
}

}  // namespace

std::string identifier(std::string_view name) {
  constexpr size_t kLongest = 40;  // with what stands around it; C compilers tell 63 letters apart
  const std::string text = keep_or_underscore(name.substr(0, kLongest),
                                              [](char c) { return is_letter(c) || is_digit(c); });
  return !text.empty() && is_letter(text.front()) ? text : "n" + text;
}

std::string file_name(std::string_view name) {
  static constexpr std::array<std::string_view, 29> kHeaders = {
      "assert",    "complex",     "ctype",  "errno",  "fenv",   "float",  "inttypes", "iso646",
      "limits",    "locale",      "math",   "setjmp", "signal", "stdarg", "stdbool",  "stdalign",
      "stdatomic", "stdnoreturn", "stddef", "stdint", "stdio",  "stdlib", "string",   "tgmath",
      "threads",   "time",        "uchar",  "wchar",  "wctype"};
  const std::string text = identifier(name);
  return std::find(kHeaders.begin(), kHeaders.end(), text) == kHeaders.end() ? text : "n" + text;
}

std::string upper(std::string_view name) {
  std::string text(name);
  for (char& c : text) {
    c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return text;
}

std::string in_comment(std::string_view name) {
  return keep_or_underscore(name, [](char c) {
    return is_letter(c) || is_digit(c) ||
           std::string_view(" .-_+{}[]:,").find(c) != std::string_view::npos;
  });
}

std::string Identifiers::take(std::string_view name) {
  const std::string first = identifier(name);
  std::string text = first;
  for (int number = 2; !taken_.insert(text).second; ++number) {
    text = first + "_" + std::to_string(number);
  }
  return text;
}

}  // namespace floatsd::emit::c
