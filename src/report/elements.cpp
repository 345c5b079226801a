#include "report/elements.h"

#include <utility>

#include "core/markup.h"
#include "report/markup.h"

namespace floatsd::report {
namespace {

constexpr size_t kMostLetters = 40;   // of a name
constexpr size_t kMostOfTitle = 400;  // of what shows when a name is pointed at

std::string align_class(const Column& column) {
  return column.align == Align::kNumber ? " class=\"number\"" : "";
}

}  // namespace

std::string name_html(std::string_view name) {
  const std::string shown = shortened(name, kMostLetters);
  if (shown == shortened(name, kMostLetters + 1)) {
    return as_markup(shown);
  }
  return "<span title=\"" + as_markup(shortened(name, kMostOfTitle)) + "\">" + as_markup(shown) +
         "</span>";
}

std::string section(const std::string& id, std::string_view heading, const std::string& html) {
  return "<section id=\"" + as_markup(id) + "\">\n<h2>" + as_markup(heading) + "</h2>\n" + html +
         "</section>\n";
}

std::string figure(std::string_view heading, const Drawing& drawing, const std::string& below) {
  return "<figure><figcaption>" + as_markup(heading) + "</figcaption>\n" + drawing.svg() + below +
         "</figure>\n";
}

std::string charts(const std::string& figures) {
  return figures.empty() ? "" : "<div class=\"charts\">\n" + figures + "</div>\n";
}

std::string scrolled(std::string_view label, const std::string& html) {
  return "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"" + as_markup(label) +
         "\">\n" + html + "</div>\n";
}

std::string paragraph(std::string_view text) { return "<p>" + as_markup(text) + "</p>\n"; }

std::string note(std::string_view text) {
  return "<p class=\"note\">" + as_markup(text) + "</p>\n";
}

Table::Table(std::string caption, std::vector<Column> columns)
    : caption_(std::move(caption)), columns_(std::move(columns)) {}

void Table::add_groups(const std::vector<std::pair<std::string, size_t>>& groups) {
  groups_ = "<tr>";
  for (const auto& [head, count] : groups) {
    groups_ += head.empty() ? "<td></td>"
                            : "<th scope=\"colgroup\" colspan=\"" + std::to_string(count) + "\">" +
                                  name_html(head) + "</th>";
  }
  groups_ += "</tr>\n";
}

void Table::add_row(const std::vector<std::string>& cells) { rows_ += row(cells); }

void Table::add_total(const std::vector<std::string>& cells) {
  total_ = "<tfoot>" + row(cells) + "</tfoot>\n";
}

std::string Table::row(const std::vector<std::string>& cells) const {
  std::string html = "<tr><th scope=\"row\"><div>" + cells.front() + "</div></th>";
  for (size_t i = 1; i < cells.size(); ++i) {
    html += "<td" + align_class(columns_[i]) + ">" + cells[i] + "</td>";
  }
  return html + "</tr>\n";
}

std::string Table::html() const {
  std::string heads = "<tr>";
  for (const Column& column : columns_) {
    heads += "<th scope=\"col\"" + align_class(column) + ">" + as_markup(column.head) + "</th>";
  }
  return scrolled(caption_, "<table>\n<thead>" + groups_ + heads + "</tr></thead>\n<tbody>" +
                                rows_ + "</tbody>\n" + total_ + "</table>\n");
}

}  // namespace floatsd::report
