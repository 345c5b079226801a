#pragma once
// Look: the colours and the type that all charts and pages share, in light and in dark.

#include <string>

namespace floatsd::report {

/// How many colours there are for things side by side: classes "s0", "s1" ... of a chart.
inline constexpr int kSeriesColours = 6;
/// And for bands behind them: classes "b0", "b1" ...
inline constexpr int kBandColours = 5;

/// Font families, for CSS.
extern const char* const kFont;

/// The CSS of charts (class "chart"), without custom properties, which not every viewer of SVG
/// files knows. A mark has the class "mark" (filled) or "line" (stroked) and one of a colour.
std::string chart_style();

/// Custom properties of a page with these colours: --page, --card, --ink, --soft, --rule, --accent.
std::string page_colours();

}  // namespace floatsd::report
