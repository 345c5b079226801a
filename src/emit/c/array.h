#pragma once
// Constant arrays of C.

#include <span>
#include <string>
#include <string_view>

namespace floatsd::emit::c {

/// "static const TYPE NAME[N] = {", the values in lines of at most 100 columns, "};".
template <typename T>
std::string array(std::string_view type, const std::string& name, std::span<const T> values) {
  constexpr size_t kColumns = 100;
  std::string text = "static const " + std::string(type) + " " + name + "[" +
                     std::to_string(values.size()) + "] = {";
  size_t column = kColumns;
  for (const T& value : values) {
    const std::string number = std::to_string(value) + ",";
    column += 1 + number.size();
    if (column > kColumns) {
      text += "\n   ";
      column = 4 + number.size();
    }
    text += " " + number;
  }
  return text + "\n};\n";
}

}  // namespace floatsd::emit::c
