#include "progress_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "printable.h"

namespace floatsd::app {
namespace {

constexpr int kLongestBar = 24, kShortestBar = 4;
constexpr double kFirstLine = 2, kNextLine = 30;  // seconds
constexpr double kMegabyte = 1e6;

int64_t percent(const ProgressMoment& moment) { return 100 * moment.done / moment.total; }

std::string clock_time(double seconds) {
  constexpr double kLongest = 1000 * 3600.0;
  const auto whole = static_cast<int64_t>(std::min(seconds, kLongest) + 0.5);
  if (whole < 3600) {
    return fmt::format("{}:{:02}", whole / 60, whole % 60);
  }
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string time_left(const ProgressMoment& moment) {
  const auto left = static_cast<double>(moment.total - moment.done);
  return moment.rate > 0 ? clock_time(left / moment.rate) + " left" : "";
}

std::string rate_text(const ProgressMoment& moment) {
  if (moment.rate <= 0) {
    return "";
  }
  if (moment.unit == "bytes") {
    return fmt::format("{:.1f} MB/s", moment.rate / kMegabyte);
  }
  constexpr double kWithoutFraction = 10;
  return fmt::format("{:.{}f} {}/s", moment.rate, moment.rate < kWithoutFraction ? 1 : 0,
                     moment.unit);
}

std::string count_text(const ProgressMoment& moment) {
  if (moment.unit == "bytes") {
    return fmt::format("{:.1f} of {:.1f} MB", static_cast<double>(moment.done) / kMegabyte,
                       static_cast<double>(moment.total) / kMegabyte);
  }
  return fmt::format("{} of {} {}", moment.done, moment.total, moment.unit);
}

/// Those that are not empty, each behind a separator.
std::string joined(const std::vector<std::string>& parts, const char* separator) {
  std::string text;
  for (const std::string& part : parts) {
    text += part.empty() ? "" : separator + part;
  }
  return text;
}

/// The beginning of the text, no letter of more than one byte cut in two.
std::string cut(std::string text, size_t most) {
  if (text.size() <= most) {
    return text;
  }
  const auto is_inside_letter = [&](size_t at) {
    return (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
  };
  while (most > 0 && is_inside_letter(most)) {
    --most;
  }
  text.resize(most);
  return text;
}

}  // namespace

std::string bar_text(const ProgressMoment& moment, int width) {
  const std::string title = printable(moment.title);
  const std::string numbers =
      fmt::format("{:3}%", percent(moment)) + joined({rate_text(moment), time_left(moment)}, "  ");
  const int room = width - static_cast<int>(title.size() + std::string(" [] ").size());
  const int bar = std::clamp(room - static_cast<int>(numbers.size()), kShortestBar, kLongestBar);
  const auto filled = static_cast<size_t>(bar * moment.done / moment.total);
  const std::string text = fmt::format("{} [{:<{}}] {}{}", title, std::string(filled, '#'), bar,
                                       numbers, joined({printable(moment.note)}, "  "));
  return cut(text, static_cast<size_t>(std::max(width, 0)));
}

std::string line_text(const ProgressMoment& moment) {
  return fmt::format("{}: {} % ({}){}", moment.title, percent(moment), count_text(moment),
                     joined({rate_text(moment), time_left(moment), moment.note}, ", "));
}

bool LinePace::is_due(double time, int64_t done, int64_t total) {
  const bool is_first = last_time_ < 0;
  const double wait = seconds_ >= 0 ? seconds_ : is_first ? kFirstLine : kNextLine;
  const bool has_moved = seconds_ >= 0 || is_first || 100 * (done - last_done_) >= total;
  if (time - std::max(last_time_, 0.0) < wait || !has_moved) {
    return false;
  }
  last_time_ = time;
  last_done_ = done;
  return true;
}

}  // namespace floatsd::app
