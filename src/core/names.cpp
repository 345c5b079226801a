#include "core/names.h"

#include <algorithm>
#include <cctype>
#include <numeric>

#include "floatsd/core/error.h"

namespace floatsd {
namespace {

std::string in_small_letters(std::string_view text) {
  std::string small(text);
  std::transform(small.begin(), small.end(), small.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return small;
}

size_t edit_distance(std::string_view a, std::string_view b) {  // Levenshtein, one row at a time
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row.back();
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
  constexpr size_t kNear = 2;
  constexpr size_t kLongest = 100;  // the distance takes a time that grows with the square
  size_t best = kNear + 1;
  std::string nearest;
  for (const std::string& candidate : known) {
    const size_t distance =
        name.size() > kLongest ? best
                               : edit_distance(in_small_letters(name), in_small_letters(candidate));
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string suggest(std::string_view name, std::span<const std::string> known) {
  if (const std::string nearest = nearest_name(name, known); !nearest.empty()) {
    return ": did you mean '" + nearest + "'?";
  }
  std::string list;
  for (const std::string& candidate : known) {
    list += (list.empty() ? "" : ", ") + candidate;
  }
  return ", expected one of: " + list;
}

std::vector<std::string> quoted(std::span<const std::string> names) {
  std::vector<std::string> result;
  for (const std::string& name : names) {
    result.push_back(std::string("'").append(name).append("'"));
  }
  return result;
}

std::string list_text(std::span<const std::string> names) {
  constexpr size_t kShown = 6;
  std::string text;
  for (size_t i = 0; i < std::min(names.size(), kShown); ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return names.size() <= kShown ? text
                                : text + " and " + std::to_string(names.size() - kShown) + " more";
}

size_t find_name(const std::string& what, std::string_view name,
                 std::span<const std::string> known) {
  const auto found = std::find(known.begin(), known.end(), name);
  if (found == known.end()) {
    throw Error(what + " '" + std::string(name) + "' is unknown" + suggest(name, known));
  }
  return static_cast<size_t>(found - known.begin());
}

}  // namespace floatsd
