#pragma once
// SVG: what the pictures share.

#include <string>

namespace floatsd::app {

/// Text as SVG can hold it.
std::string svg_text(const std::string& text);

/// The beginning of a picture of that size in pixels, on white, with a title at the top; ends with
/// "</svg>".
std::string svg_begin(int width, int height, const std::string& title);

}  // namespace floatsd::app
