// The network's drawing, and where the run came from.

#include "core/markup.h"
#include "report/elements.h"
#include "report/graph_drawing.h"
#include "report/markup.h"
#include "report/numbers.h"
#include "report/sections.h"

namespace floatsd::report {

std::string graph_section(const RunReport& run, const std::string& id) {
  if (run.nodes.empty()) {
    return "";
  }
  return section(
      id + "graph", "Network",
      note(counted(static_cast<int64_t>(run.nodes.size()), "node") +
           " from top to bottom, with the shape of an image's output [channels, rows, columns]; "
           "lines at the side skip nodes.") +
          scrolled("Drawing of the network",
                   graph_drawing("Network " + run.network, run.input, run.nodes).svg()));
}

std::string origin_section(const RunReport& run, const std::string& id) {
  std::string html;
  if (!run.commands.empty()) {
    std::string lines;
    for (const std::string& command : run.commands) {
      lines += as_markup(command) + "\n";
    }
    html += "<h3>Commands</h3>\n<pre tabindex=\"0\">" + lines + "</pre>\n";
  }
  if (!run.config.empty()) {
    html += "<h3>config.toml</h3>\n<pre tabindex=\"0\">" + as_markup(run.config) + "</pre>\n";
  }
  if (!run.versions.empty()) {
    constexpr size_t kMostOfVersion = 100;
    Table table("Versions", {{"what", Align::kText}, {"which", Align::kText}});
    for (const auto& [what, which] : run.versions) {
      table.add_row({name_html(what), as_markup(shortened(which, kMostOfVersion))});
    }
    html += "<h3>Versions</h3>\n" + table.html();
  }
  return html.empty() ? "" : section(id + "origin", "Made again", html);
}

}  // namespace floatsd::report
