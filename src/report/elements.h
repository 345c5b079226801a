#pragma once
// Elements: pieces of a page. What they are given as text they escape; what they are given as HTML
// stands as it is.

#include <string>
#include <string_view>
#include <vector>

#include "report/drawing.h"

namespace floatsd::report {

/// A name of any length as it stands in a line or cell: cut if it is long, and then whole when
/// pointed at.
std::string name_html(std::string_view name);

/// `<section>` with a heading, found by its id.
std::string section(const std::string& id, std::string_view heading, const std::string& html);

/// A chart under its heading.
std::string figure(std::string_view heading, const Drawing& drawing, const std::string& below = {});

/// Charts side by side, as many as fit.
std::string charts(const std::string& figures);

/// What may be wider or higher than its place and then scrolls in it; `label` says what it is.
std::string scrolled(std::string_view label, const std::string& html);

/// A sentence or two.
std::string paragraph(std::string_view text);
/// The same beside a table or chart, for how to read it.
std::string note(std::string_view text);

enum class Align { kText, kNumber };

struct Column {
  std::string head;
  Align align = Align::kNumber;
};

/// A table whose first cell in each row is the row's heading.
class Table {
 public:
  Table(std::string caption, std::vector<Column> columns);

  /// Columns of the heads above the columns: what each spans, and how many. They cover all columns.
  void add_groups(const std::vector<std::pair<std::string, size_t>>& groups);
  /// HTML for each column.
  void add_row(const std::vector<std::string>& cells);
  /// The same, set apart.
  void add_total(const std::vector<std::string>& cells);

  /// In a box in which it scrolls.
  [[nodiscard]] std::string html() const;

 private:
  [[nodiscard]] std::string row(const std::vector<std::string>& cells) const;

  std::string caption_;
  std::vector<Column> columns_;
  std::string groups_, rows_, total_;
};

}  // namespace floatsd::report
