#include "core/markup.h"

#include <algorithm>

#include "core/utf8.h"

namespace floatsd {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

/// A control character, or U+FFFE or U+FFFF, none of which XML may hold.
bool is_forbidden(std::string_view letter) {
  const auto first = static_cast<unsigned char>(letter.front());
  const bool is_control = first < 0x20 && first != '\n' && first != '\t';
  return is_control || first == 0x7f || letter == "\xef\xbf\xbe" || letter == "\xef\xbf\xbf";
}

}  // namespace

std::string_view take_letter(std::string_view& text) {
  constexpr size_t kLongest = 4;
  for (size_t length = 1; length <= std::min(kLongest, text.size()); ++length) {
    const std::string_view letter = text.substr(0, length);
    if (is_utf8(letter)) {
      text.remove_prefix(length);
      return is_forbidden(letter) ? kReplacement : letter;
    }
  }
  text.remove_prefix(1);
  return kReplacement;
}

std::string as_markup(std::string_view text) {
  std::string result;
  while (!text.empty()) {
    const std::string_view letter = take_letter(text);
    if (letter == "&") {
      result += "&amp;";
    } else if (letter == "<") {
      result += "&lt;";
    } else if (letter == ">") {
      result += "&gt;";
    } else if (letter == "\"") {
      result += "&quot;";
    } else if (letter == "'") {
      result += "&#39;";
    } else {
      result += letter;
    }
  }
  return result;
}

}  // namespace floatsd
