#include "report/markup.h"

#include <algorithm>
#include <vector>

#include "core/markup.h"

namespace floatsd::report {
namespace {

constexpr std::string_view kEllipsis = "\xe2\x80\xa6";  // U+2026

std::vector<std::string_view> letters_of(std::string_view text) {
  std::vector<std::string_view> letters;
  while (!text.empty()) {
    letters.push_back(take_letter(text));
  }
  return letters;
}

/// Of a letter, in ems; after DejaVu Sans, which is wide.
double em_width(std::string_view letter) {
  if (letter.size() > 1) {
    return letter.size() == 2 ? 0.8 : 1.05;
  }
  const char c = letter.front();
  if (std::string_view("ijl.,:;|!'` ").find(c) != std::string_view::npos) {
    return 0.34;
  }
  if (std::string_view("ftr-()[]/\"\\").find(c) != std::string_view::npos) {
    return 0.42;
  }
  if (std::string_view("mMW@%&w+=<>").find(c) != std::string_view::npos) {
    return 1;
  }
  return c >= 'A' && c <= 'Z' ? 0.79 : 0.65;
}

/// The longest run of letters from one end that is no wider than `width`: how many.
template <typename Iterator>
size_t count_fitting(Iterator first, Iterator last, double size, double width) {
  size_t count = 0;
  for (; first != last && (width -= em_width(*first) * size) >= 0; ++first) {
    ++count;
  }
  return count;
}

std::string joined(const std::vector<std::string_view>& letters, size_t first, size_t last) {
  std::string text;
  for (size_t i = 0; i < letters.size(); ++i) {
    if (i == first && i < last) {
      text += kEllipsis;
    }
    if (i < first || i >= last) {
      text += letters[i];
    }
  }
  return text;
}

}  // namespace

double text_width(std::string_view text, double size) {
  double width = 0;
  while (!text.empty()) {
    width += em_width(take_letter(text)) * size;
  }
  return width;
}

std::string fitted(std::string_view text, double size, double width) {
  const std::vector<std::string_view> letters = letters_of(text);
  if (text_width(text, size) <= width) {
    return joined(letters, letters.size(), letters.size());
  }
  const double left = width - em_width(kEllipsis) * size;
  const size_t front = count_fitting(letters.begin(), letters.end(), size, 0.4 * left);
  const size_t back = count_fitting(letters.rbegin(), letters.rend(), size, 0.6 * left);
  return joined(letters, front, letters.size() - back);
}

std::string shortened(std::string_view text, size_t most) {
  const std::vector<std::string_view> letters = letters_of(text);
  return joined(letters, std::min(most, letters.size()), letters.size());
}

}  // namespace floatsd::report
