#include "emit/c/fill.h"

#include <algorithm>

#include "floatsd/core/error.h"

namespace floatsd::emit::c {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || c == '_'; }

}  // namespace

std::string fill(std::string_view text,
                 std::initializer_list<std::pair<std::string_view, std::string>> values) {
  std::string filled;
  while (true) {
    const size_t sign = text.find('$');
    filled += text.substr(0, sign);
    if (sign == std::string_view::npos) {
      return filled;
    }
    text.remove_prefix(sign + 1);
    const bool in_braces = text.starts_with('{');
    text.remove_prefix(in_braces ? 1 : 0);
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_letter);
    const std::string_view word = text.substr(0, end - text.begin());
    const auto* const value = std::find_if(values.begin(), values.end(),
                                           [&](const auto& entry) { return entry.first == word; });
    if (value == values.end()) {
      throw Error("a template of C asks for $" + std::string(word) + ", which has no value");
    }
    filled += value->second;
    text.remove_prefix(word.size() + (in_braces ? 1 : 0));
  }
}

}  // namespace floatsd::emit::c
