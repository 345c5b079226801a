#include "bar_chart.h"

#include <algorithm>
#include <iomanip>
#include <sstream>

#include "svg.h"

namespace floatsd::app {
namespace {

constexpr int kLine = 18, kTop = 40, kNames = 220, kBars = 460, kNumbers = 80;

}  // namespace

std::string bar_chart(const std::string& title, const std::vector<Bar>& bars) {
  double longest = 0;
  for (const Bar& bar : bars) {
    longest = std::max(longest, bar.value);
  }
  std::ostringstream out;
  out << std::fixed << std::setprecision(2);
  out << svg_begin(kNames + kBars + kNumbers, kTop + kLine * static_cast<int>(bars.size()) + kLine,
                   title);
  int y = kTop;
  for (const Bar& bar : bars) {
    const double length = longest == 0 ? 0 : std::max(0.0, bar.value / longest * kBars);
    out << "<text x=\"" << kNames - 8 << "\" y=\"" << y + 13 << "\" text-anchor=\"end\">"
        << svg_text(bar.name) << "</text>"
        << "<rect x=\"" << kNames << "\" y=\"" << y + 3 << "\" width=\"" << length << "\" height=\""
        << kLine - 6 << "\" fill=\"#3b6ea5\"/>"
        << "<text x=\"" << kNames + length + 6 << "\" y=\"" << y + 13 << "\">" << bar.value
        << "</text>\n";
    y += kLine;
  }
  out << "</svg>\n";
  return out.str();
}

}  // namespace floatsd::app
