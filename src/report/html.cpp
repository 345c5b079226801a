#include "floatsd/report/html.h"
#include "core/markup.h"

#include <string_view>
#include <utility>

#include "floatsd/version.h"
#include "report/comparison.h"
#include "report/elements.h"
#include "report/markup.h"
#include "report/numbers.h"
#include "report/page_style.h"
#include "report/sections.h"

namespace floatsd::report {
namespace {

/// A link's target and text.
using Link = std::pair<std::string, std::string>;

std::string contents(const std::vector<Link>& links) {
  std::string items;
  for (const auto& [id, text] : links) {
    items += "<li><a href=\"#" + as_markup(id) + "\">" + name_html(text) + "</a></li>\n";
  }
  return "<nav aria-label=\"Contents\"><ul>\n" + items + "</ul></nav>\n";
}

std::string head(const std::string& title) {
  return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<title>" +
         as_markup(title) + "</title>\n<style>\n" + page_style() + "</style>\n</head>\n<body>\n";
}

std::string foot() {
  return "<footer><p>Made by floatsd " FLOATSD_VERSION
         ". Each part is explained in docs/report.md.</p></footer>\n</body>\n</html>\n";
}

std::string header(const std::string& title, const std::string& kind, const std::string& more) {
  return "<header>\n<h1>" + as_markup(title) + "</h1>\n<p class=\"kind\">" + as_markup(kind) +
         "</p>\n" + more + "</header>\n";
}

struct Part {
  const char* id;
  const char* title;
  std::string html;
};

std::vector<Part> parts_of(const RunReport& run, const std::string& id) {
  std::vector<Part> parts = {{"summary", "Summary", summary_section(run, id)},
                             {"training", "Training", training_section(run, id)},
                             {"layers", "Layers", layers_section(run, id)},
                             {"answers", "Test images", answers_section(run, id)},
                             {"cost", "Cost", cost_section(run, id)},
                             {"graph", "Network", graph_section(run, id)},
                             {"origin", "Made again", origin_section(run, id)}};
  std::erase_if(parts, [](const Part& part) { return part.html.empty(); });
  return parts;
}

/// The network's drawing is narrow: on a wide page the last part stands beside it.
std::string all_of(const std::vector<Part>& parts) {
  std::string html;
  std::string beside;
  for (const Part& part : parts) {
    const std::string_view id = part.id;
    (id == "graph" || id == "origin" ? beside : html) += part.html;
  }
  return html + "<div class=\"pair\">\n" + beside + "</div>\n";
}

std::vector<Link> links_to(const std::vector<Part>& parts, const std::string& id) {
  std::vector<Link> links;
  for (const Part& part : parts) {
    links.emplace_back(id + part.id, part.title);
  }
  return links;
}

std::string single(const RunReport& run) {
  constexpr size_t kMostOfHeading = 90;
  const std::vector<Part> parts = parts_of(run, "");
  const std::string title = shortened(run.name, kMostOfHeading);
  return head(title + " - floatsd report") +
         header(title, kind_of(run), remarks(run) + contents(links_to(parts, ""))) + "<main>\n" +
         all_of(parts) + "</main>\n" + foot();
}

std::string several(const std::vector<RunReport>& runs) {
  const std::vector<std::string> labels = labels_of(runs);
  std::vector<Link> links = {{"compared-summary", "Side by side"},
                             {"compared-training", "Training"},
                             {"compared-layers", "Layers"},
                             {"compared-configs", "Configs"}};
  const std::string side_by_side = comparison(runs, labels);
  std::erase_if(links, [&](const Link& link) {
    return side_by_side.find("id=\"" + link.first + "\"") == std::string::npos;
  });
  std::string details;
  for (size_t i = 0; i < runs.size(); ++i) {
    const std::string id = "run-" + std::to_string(i + 1);
    const std::vector<Part> parts = parts_of(runs[i], id + "-");
    links.emplace_back(id, labels[i]);
    details += "<details id=\"" + id + "\"><summary>" + name_html(labels[i]) + ": " +
               as_markup(kind_of(runs[i])) + "</summary>\n" + remarks(runs[i]) +
               contents(links_to(parts, id + "-")) + all_of(parts) + "</details>\n";
  }
  return head(counted(static_cast<int64_t>(runs.size()), "run") + " - floatsd report") +
         header(counted(static_cast<int64_t>(runs.size()), "run") + " side by side",
                "Details of each run are below, folded.", contents(links)) +
         "<main>\n" + side_by_side + details + "</main>\n" + foot();
}

}  // namespace

std::string to_html(const std::vector<RunReport>& runs) {
  return runs.size() == 1 ? single(runs.front()) : several(runs);
}

}  // namespace floatsd::report
