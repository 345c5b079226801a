#pragma once
// Templates of C: text with $words, each of which is replaced by a value.

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace floatsd::emit::c {

/// `text` with every "$word" or "${word}" replaced by the value that `values` has for "word".
/// Throws Error on a word without a value.
std::string fill(std::string_view text,
                 std::initializer_list<std::pair<std::string_view, std::string>> values);

}  // namespace floatsd::emit::c
