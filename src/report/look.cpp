#include "report/look.h"

namespace floatsd::report {
namespace {

/// What a rule sets, and to what on a light and on a dark screen.
struct Colour {
  const char* name;  ///< a selector within a chart, or a custom property of a page
  const char* property;
  const char* light;
  const char* dark;
};
using Shade = const char* Colour::*;  // of the screen: light or dark

// Those of things side by side are after Okabe and Ito 2008 (Color Universal Design), darkened or
// lightened until each stands 3:1 from its ground and text stands 4.5:1.
constexpr Colour kOfCharts[] = {
    {"text", "fill", "#1b2027", "#e6eaee"},    {".soft", "fill", "#56606c", "#a9b3bd"},
    {".paper", "fill", "#ffffff", "#1a2027"},  {".halo", "stroke", "#ffffff", "#1a2027"},
    {".grid", "stroke", "#e3e6ea", "#2d3640"}, {".axis", "stroke", "#8a94a0", "#6b7681"},
    {".box", "fill", "#f3f5f7", "#232b34"},    {".box", "stroke", "#8a94a0", "#6b7681"},
    {".s0", "color", "#0067a5", "#5ab0f2"},    {".s1", "color", "#c2500a", "#ff9457"},
    {".s2", "color", "#007d5c", "#3fcf9f"},    {".s3", "color", "#9c3f80", "#e58fc6"},
    {".s4", "color", "#806300", "#e6b93d"},    {".s5", "color", "#4a545f", "#b9c1ca"},
    {".b0", "fill", "#eceff2", "#262e37"},     {".b1", "fill", "#faedcd", "#3d3319"},
    {".b2", "fill", "#dcf0e8", "#173a30"},     {".b3", "fill", "#f3e2ee", "#3b2636"},
    {".b4", "fill", "#dbeaf7", "#15344f"},
};

constexpr Colour kOfPages[] = {
    {"--page", "", "#f4f6f8", "#11161b"}, {"--card", "", "#ffffff", "#1a2027"},
    {"--ink", "", "#1b2027", "#e6eaee"},  {"--soft", "", "#56606c", "#a9b3bd"},
    {"--rule", "", "#dfe3e8", "#2d3640"}, {"--accent", "", "#0067a5", "#5ab0f2"},
    {"--warn", "", "#8f3a00", "#ffb083"}, {"--warn-ground", "", "#fff1e6", "#35231a"},
    {"--good", "", "#00664b", "#3fcf9f"},
};

std::string chart_rules(Shade shade) {
  std::string rules;
  for (const Colour& colour : kOfCharts) {
    rules +=
        std::string(".chart ") + colour.name + "{" + colour.property + ":" + colour.*shade + "}";
  }
  return rules;
}

std::string page_rules(Shade shade) {
  std::string rules = ":root{";
  for (const Colour& colour : kOfPages) {
    rules += std::string(colour.name) + ":" + colour.*shade + ";";
  }
  return rules + "}";
}

std::string in_dark(const std::string& rules) {
  return "@media (prefers-color-scheme:dark){" + rules + "}\n";
}

}  // namespace

const char* const kFont =
    "system-ui,-apple-system,\"Segoe UI\",Roboto,\"Noto Sans\",\"DejaVu Sans\",sans-serif";

std::string chart_style() {
  return std::string(".chart{font-family:") + kFont +
         ";font-size:12px;font-variant-numeric:tabular-nums}" +
         ".chart .title{font-size:15px;font-weight:600}.chart .grid,.chart .axis{fill:none}" +
         ".chart .mark{fill:currentColor}.chart .line{fill:none;stroke:currentColor}" +
         ".chart .halo{paint-order:stroke;stroke-width:3px}\n" + chart_rules(&Colour::light) +
         "\n" + in_dark(chart_rules(&Colour::dark));
}

std::string page_colours() {
  return page_rules(&Colour::light) + "\n" + in_dark(page_rules(&Colour::dark));
}

}  // namespace floatsd::report
