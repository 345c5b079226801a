#include "core/formats/own_levels.h"

#include <algorithm>
#include <bit>
#include <cctype>
#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "core/formats/signed_magnitudes.h"
#include "floatsd/core/error.h"

namespace floatsd {
namespace {

constexpr std::string_view kGeometric = "/geometric";

bool is_plain(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 || c == '-' || c == '_';
  });
}

std::vector<int> parse_levels(const std::string& name, std::string_view list) {
  std::vector<int> levels;
  const char* at = list.data();
  const char* end = at + list.size();
  while (true) {
    int level = 0;
    const auto [next, error] = std::from_chars(at, end, level);
    if (error != std::errc() || (next != end && *next != '/') || level >= 1 << 15 ||
        (levels.empty() ? level != 0 : level <= levels.back())) {
      throw Error("format '" + name + "': level " + std::to_string(levels.size() + 1) + " is '" +
                  std::string(at, std::find(at, end, '/')) +
                  "', expected integers that ascend from 0, below 32768");
    }
    levels.push_back(level);
    if (next == end) {
      return levels;
    }
    at = next + 1;
  }
}

void round_geometrically(Codebook& book) {
  const auto& m = book.magnitudes;
  book.thresholds = {static_cast<float>(m[1] / std::sqrt(2.0))};
  for (size_t i = 2; i < m.size(); ++i) {
    book.thresholds.push_back(static_cast<float>(std::sqrt(static_cast<double>(m[i - 1]) * m[i])));
  }
  book.clip = static_cast<float>(m.back() * std::sqrt(2.0));
}

}  // namespace

bool defines_levels(std::string_view name) { return name.find('{') != std::string_view::npos; }

Codebook own_levels(std::string_view name) {
  constexpr size_t kMostLevels = 128;
  const std::string text(name);
  const size_t open = name.find('{');
  if (!is_plain(name.substr(0, open)) || name.back() != '}') {
    throw Error("format '" + text +
                "': expected NAME{0/LEVEL/LEVEL...}, NAME of letters, digits, "
                "- and _");
  }
  std::string_view list = name.substr(open + 1, name.size() - open - 2);
  const bool geometric = list.ends_with(kGeometric);
  if (geometric) {
    list.remove_suffix(kGeometric.size());
  }
  std::vector<int> levels = parse_levels(text, list);
  if (levels.size() < 2 || levels.size() > kMostLevels) {
    throw Error("format '" + text + "': " + std::to_string(levels.size()) +
                " levels with 0, expected 2 to 128");
  }
  const int bits = 1 + static_cast<int>(std::bit_width(levels.size() - 1));
  Codebook book = signed_magnitudes(text, bits, std::move(levels));
  if (geometric) {
    round_geometrically(book);
  }
  return book;
}

}  // namespace floatsd
