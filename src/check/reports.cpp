#include "check/reports.h"

#include <cstdio>
#include <iterator>
#include <string_view>

#include "core/counted.h"
#include "core/markup.h"

namespace floatsd::check {
namespace {

constexpr std::string_view kJunitBegin =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"floatsd check\" ";
constexpr std::string_view kMarkdownBegin = "### floatsd check: ";

/// The text with control characters, which neither XML nor a table's cell can hold, as C writes
/// them.
std::string visible(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%02x", static_cast<unsigned char>(c));
      result += code;
    } else {
      result += c;
    }
  }
  return result;
}

std::string xml(std::string_view text) { return as_markup(visible(text)); }

/// A cell of a Markdown table that shows the text as it stands.
std::string cell(std::string_view text) {
  constexpr std::string_view kMarkup = R"(\`*_[]<>|~&$)";
  std::string result;
  for (const char c : text) {
    result += kMarkup.find(c) == std::string_view::npos ? visible({&c, 1}) : std::string{'\\', c};
  }
  return result;
}

std::string or_none(const std::string& text) { return text.empty() ? "none" : text; }

std::string difference(const Row& row) {
  return row.name + ": " + or_none(row.before) + " in the baseline, now " + or_none(row.now) +
         (row.tolerance.empty() ? "" : ", tolerance " + row.tolerance);
}

std::string test_case(const Row& row) {
  const std::string begin =
      "    <testcase classname=\"floatsd.check\" name=\"" + xml(row.name) + "\" time=\"0\"";
  if (row.outcome != Outcome::kFell) {
    return begin + "/>\n";
  }
  return begin + ">\n      <failure type=\"fell\" message=\"" + xml(difference(row)) + "\"/>\n" +
         "    </testcase>\n";
}

const char* mark(Outcome outcome) {
  return outcome == Outcome::kFell ? "**fell**" : to_string(outcome);
}

}  // namespace

bool is_report(std::string_view text) {
  return text.starts_with(kJunitBegin) || text.starts_with(kMarkdownBegin);
}

std::string junit(const Comparison& comparison, const std::string& network) {
  const std::string counts = "tests=\"" + std::to_string(comparison.rows.size()) +
                             "\" failures=\"" + std::to_string(comparison.count(Outcome::kFell)) +
                             "\" errors=\"0\"";
  std::string text = std::string(kJunitBegin) + counts + ">\n  <testsuite name=\"" + xml(network) +
                     "\" " + counts + " skipped=\"0\" time=\"0\">\n";
  for (const Row& row : comparison.rows) {
    text += test_case(row);
  }
  return text + "  </testsuite>\n</testsuites>\n";
}

std::string markdown(const Comparison& comparison, const std::string& network) {
  std::string text =
      std::string(kMarkdownBegin) + cell(network) + "\n\n" + summary(comparison) + ".\n";
  std::string table;
  for (const Row& row : comparison.rows) {
    if (row.outcome != Outcome::kSame) {
      table += "| " + cell(row.name) + " | " + cell(or_none(row.before)) + " | " +
               cell(or_none(row.now)) + " | " + cell(row.change) + " | " + cell(row.tolerance) +
               " | " + mark(row.outcome) + " |\n";
    }
  }
  if (!table.empty()) {
    text += "\n| measure | baseline | now | change | tolerance | |\n|---|--:|--:|--:|--:|---|\n" +
            table;
  }
  return text;
}

std::string summary(const Comparison& comparison) {
  const std::string measures = counted(std::ssize(comparison.rows), "measure");
  if (comparison.count(Outcome::kNew) > 0) {
    return measures + ", not compared with a baseline";
  }
  std::string text =
      std::to_string(comparison.count(Outcome::kSame)) + " of " + measures + " as in the baseline";
  for (const Outcome outcome : {Outcome::kBetter, Outcome::kWithin, Outcome::kFell}) {
    if (const int64_t count = comparison.count(outcome); count > 0) {
      text += ", " + std::to_string(count) + " " + to_string(outcome);
    }
  }
  return text;
}

}  // namespace floatsd::check
