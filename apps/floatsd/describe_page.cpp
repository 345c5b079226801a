#include "describe_page.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "printable.h"

namespace floatsd::app {
namespace {

/// The first line of the text, and what stands behind it.
std::string_view take_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::string of_man_page(std::string_view title) {
  return "a man page, of " + printable(title.substr(0, title.find(' ')));
}

/// The big-endian number that stands there.
int64_t size_at(std::string_view bytes, size_t at) {
  int64_t size = 0;
  for (size_t i = at; i < at + 4; ++i) {
    size = size << 8 | static_cast<uint8_t>(bytes[i]);
  }
  return size;
}

}  // namespace

std::optional<std::string> describe_page(std::string_view html) {
  constexpr std::string_view kBegin = "<title>", kEnd = " - floatsd report</title>";
  const size_t begin = html.find(kBegin);
  const size_t end = html.find(kEnd);
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) {
    return std::nullopt;
  }
  const size_t name = begin + kBegin.size();
  return "a report of floatsd: " + printable(html.substr(name, end - name));
}

std::optional<std::string> describe_text(std::string_view text) {
  constexpr std::string_view kCheck = "### floatsd check: ";
  std::string_view rest = text;
  const std::string_view first = take_line(rest);
  const std::string_view second = take_line(rest);
  if (first.starts_with("epoch,phase,learning_rate,")) {
    const auto lines = std::count(text.begin(), text.end(), '\n');
    return "the metrics of a training as a table, epochs: " + std::to_string(lines - 1);
  }
  if (first.starts_with(kCheck)) {
    return "what floatsd check found: " + printable(first.substr(kCheck.size())) + ": " +
           printable(take_line(rest));
  }
  if (first.starts_with(".TH FLOATSD")) {
    return of_man_page(first.substr(4));
  }
  for (const char* shell : {"bash", "fish"}) {
    if (first.starts_with(std::string("# ") + shell + " completion of floatsd")) {
      return "the completion of floatsd in " + std::string(shell);
    }
  }
  if (first == "#compdef floatsd" && second.find("`floatsd manual`") != std::string_view::npos) {
    return "the completion of floatsd in zsh";
  }
  return std::nullopt;
}

std::optional<std::string> describe_picture(std::string_view bytes) {
  constexpr size_t kWidth = 16, kHeight = 20, kHeaderEnds = 24;
  if (!bytes.starts_with("\x89PNG") || bytes.size() < kHeaderEnds) {
    return std::nullopt;
  }
  return "a picture in PNG: " + std::to_string(size_at(bytes, kHeight)) + " x " +
         std::to_string(size_at(bytes, kWidth)) + " pixels";
}

}  // namespace floatsd::app
