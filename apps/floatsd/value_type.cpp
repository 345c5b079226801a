#include "value_type.h"

#include <algorithm>
#include <string_view>

namespace floatsd::app {
namespace {

constexpr std::string_view kName = "NAME";

std::string in_braces(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? ":{" : ",") + name;
  }
  return text + "}";
}

bool has_word(std::string_view words, std::string_view word) {
  for (size_t at = 0; at <= words.size();) {
    const size_t bar = std::min(words.find('|', at), words.size());
    if (words.substr(at, bar - at) == word) {
      return true;
    }
    at = bar + 1;
  }
  return false;
}

}  // namespace

std::string one_of(const std::vector<std::string>& names) {
  return std::string(kName) + in_braces(names);
}

std::string one_of_or_file(const std::vector<std::string>& names) {
  return std::string(kName) + "|" + kFile + in_braces(names);
}

ValueType parse_value_type(const std::string& type) {
  const size_t colon = type.find(':');
  ValueType result{.word = type.substr(0, colon)};
  result.is_file = has_word(result.word, kFile);
  result.is_folder = has_word(result.word, kFolder);
  const size_t begin = type.find('{');
  const size_t end = type.find('}');
  if (begin == std::string::npos || end == std::string::npos) {
    return result;
  }
  for (size_t at = begin + 1; at < end;) {
    const size_t comma = std::min(type.find(',', at), end);
    result.choices.push_back(type.substr(at, comma - at));
    at = comma + 1;
  }
  if (result.word == "TEXT") {  // CLI11's for a text that is checked to be one of them
    result.word = kName;
  }
  return result;
}

}  // namespace floatsd::app
