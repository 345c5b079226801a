#include <algorithm>
#include <map>

#include "images/png_file.h"
#include "report/elements.h"
#include "report/heat_map.h"
#include "report/markup.h"
#include "report/numbers.h"
#include "report/sections.h"

namespace floatsd::report {
namespace {

constexpr size_t kMostOfMap = 40;  // classes
constexpr size_t kMostPairs = 10;
constexpr size_t kMostClasses = 10;

std::string base64(const std::string& bytes) {
  constexpr const char* kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t held = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) {
      group = group << 8 | (j < held ? static_cast<uint8_t>(bytes[i + j]) : 0U);
    }
    for (size_t j = 0; j < 4; ++j) {
      text += j <= held ? kLetters[group >> (18 - 6 * j) & 63] : '=';
    }
  }
  return text;
}

std::string mistake_figure(const RunReport& run, const Mistake& mistake) {
  const images::ImageSize& size = mistake.picture.header.size;
  return "<figure><img alt=\"test image " + std::to_string(mistake.image) + "\" width=\"" +
         std::to_string(size.width) + "\" height=\"" + std::to_string(size.height) +
         "\" src=\"data:image/png;base64," + base64(images::encode_png(mistake.picture)) +
         "\"><figcaption>says <b>" + name_html(run.class_name(mistake.answer)) + "</b>, " +
         fixed(100 * mistake.probability, 1) + " %<br>is <b>" +
         name_html(run.class_name(mistake.label)) + "</b><br><span class=\"kind\">image " +
         grouped(mistake.image) + "</span></figcaption></figure>\n";
}

std::string mistakes(const RunReport& run) {
  const Answers& answers = *run.answers;
  if (answers.mistakes.empty()) {
    return "<h3>The surest mistakes</h3>\n" + paragraph("There is none.");
  }
  std::string figures;
  for (const Mistake& mistake : answers.mistakes) {
    figures += mistake_figure(run, mistake);
  }
  return "<h3>The surest mistakes</h3>\n" +
         note("Of " + counted(answers.total - answers.correct, "wrong answer") +
              ", those to which the network's softmax gives the most. Images count from 0.") +
         "<div class=\"mistakes\">\n" + figures + "</div>\n";
}

std::string pair_table(const RunReport& run) {
  std::vector<std::pair<std::pair<int, int>, int64_t>> pairs;
  for (const auto& entry : run.answers->counts) {
    if (entry.first.first != entry.first.second) {
      pairs.push_back(entry);
    }
  }
  if (pairs.empty()) {
    return "";
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  pairs.resize(std::min(pairs.size(), kMostPairs));
  Table table("Most confused", {{"is", Align::kText}, {"answer", Align::kText}, {"images"}});
  for (const auto& [pair, count] : pairs) {
    table.add_row({name_html(run.class_name(pair.first)), name_html(run.class_name(pair.second)),
                   grouped(count)});
  }
  return "<div><h3>Most confused</h3>\n" + table.html() + "</div>\n";
}

/// Those of which the least share is answered right.
std::string class_table(const RunReport& run) {
  struct Row {
    int label = 0;
    int64_t correct = 0, total = 0;
    [[nodiscard]] double share() const {
      return static_cast<double>(correct) / static_cast<double>(total);
    }
  };
  std::map<int, Row> by_label;
  for (const auto& [pair, count] : run.answers->counts) {
    Row& row = by_label[pair.first];
    row.label = pair.first;
    row.total += count;
    row.correct += pair.first == pair.second ? count : 0;
  }
  std::vector<Row> rows;
  for (const auto& [label, row] : by_label) {
    rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.share() < b.share(); });
  rows.resize(std::min(rows.size(), kMostClasses));
  Table table("Hardest classes", {{"class", Align::kText}, {"right"}, {"of"}, {"share"}});
  for (const Row& row : rows) {
    table.add_row({name_html(run.class_name(row.label)), grouped(row.correct), grouped(row.total),
                   percent_of(row.share())});
  }
  return "<div><h3>Hardest classes</h3>\n" + table.html() + "</div>\n";
}

std::string confusion_map(const RunReport& run) {
  if (run.class_names.size() > kMostOfMap) {
    return note("A matrix of " + std::to_string(run.class_names.size()) +
                " classes would not be readable; the tables have its largest parts.");
  }
  return "<div><h3>Confusion matrix</h3>\n" +
         note(
             "A row is what images are, a column what the network answers. Right answers are "
             "blue, wrong ones orange, the darker the larger their share of the row.") +
         scrolled("Confusion matrix", heat_map({.title = "Confusion matrix",
                                                .names = run.class_names,
                                                .counts = run.answers->counts})
                                          .svg()) +
         "</div>\n";
}

}  // namespace

std::string answers_section(const RunReport& run, const std::string& id) {
  if (!run.answers || run.answers->total == 0) {
    return "";
  }
  return section(id + "answers", "Test images",
                 "<div class=\"columns\">\n" + confusion_map(run) + "<div class=\"tables\">\n" +
                     pair_table(run) + class_table(run) + "</div>\n</div>\n" + mistakes(run));
}

}  // namespace floatsd::report
