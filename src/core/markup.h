#pragma once
// Markup: text of any origin as XML, HTML and SVG can hold it.

#include <string>
#include <string_view>

namespace floatsd {

/// Takes the first letter off `text`, which is not empty: U+FFFD for a byte that begins no letter
/// of UTF-8, and for what XML forbids (control characters but \n and \t, U+FFFE, U+FFFF).
std::string_view take_letter(std::string_view& text);

/// The text by the letters that take_letter gives, with the characters of markup escaped. Fit for
/// attributes too.
std::string as_markup(std::string_view text);

}  // namespace floatsd
