#pragma once
// Markup: how wide text of any origin is, and how it is cut to fit. core/markup.h escapes it.

#include <string>
#include <string_view>

namespace floatsd::report {

/// How wide the text may become in a sans-serif font of that size: rather too wide than too narrow.
double text_width(std::string_view text, double size);

/// The text, or if it is wider than `width`, its beginning and its end around an ellipsis.
std::string fitted(std::string_view text, double size, double width);

/// Its first letters, at most `most` of them; an ellipsis says that there are more.
std::string shortened(std::string_view text, size_t most);

}  // namespace floatsd::report
