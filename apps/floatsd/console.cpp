#include "console.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "printable.h"
#include "terminal_width.h"

namespace floatsd::app {
namespace {

constexpr double kRedrawSeconds = 0.1;

spdlog::logger& logger() {
  static const std::shared_ptr<spdlog::logger> instance = [] {
    auto made = spdlog::stderr_logger_st("floatsd");
    made->set_pattern("%v");
    return made;
  }();
  return *instance;
}

double now() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since).count();
}

bool is_terminal() {
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  return terminal;
}

bool shows_progress() { return logger().should_log(spdlog::level::info); }

/// What FLOATSD_PROGRESS says; less than 0 without it, or if it is no number.
double line_seconds() {
  const char* text = std::getenv("FLOATSD_PROGRESS");
  char* end = nullptr;
  const double seconds = text == nullptr ? -1 : std::strtod(text, &end);
  return text == nullptr || end == text || *end != '\0' || !(seconds >= 0) ? -1 : seconds;
}

}  // namespace

void set_verbosity(Verbosity verbosity) {
  logger().set_level(verbosity == Verbosity::kQuiet ? spdlog::level::warn : spdlog::level::info);
}

void say(const std::string& line) { logger().info("{}", printable(line)); }

void warn(const std::string& line) { logger().warn("{}", printable(line)); }

ProgressBar::ProgressBar(std::string title, int64_t total, std::string unit)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(std::max<int64_t>(1, total)),
      pace_(line_seconds()) {}

ProgressBar::~ProgressBar() { clear(); }

void ProgressBar::update(int64_t done, const std::string& note) {
  const double time = now();
  if (first_done_ < 0) {  // of a training after the first step: its warm-up is not in the rate
    first_done_ = done;
    start_ = time;
    return;
  }
  if (!shows_progress()) {
    return;
  }
  const double rate = static_cast<double>(done - first_done_) / std::max(time - start_, 1e-9);
  const ProgressMoment moment{
      .title = title_, .unit = unit_, .done = done, .total = total_, .rate = rate, .note = note};
  if (is_terminal()) {
    draw(moment, time);
  } else if (done < total_ && pace_.is_due(time - start_, done, total_)) {
    say(line_text(moment));
  }
}

void ProgressBar::draw(const ProgressMoment& moment, double time) {
  if (moment.done >= total_) {
    clear();
  } else if (time - last_drawn_ >= kRedrawSeconds) {
    last_drawn_ = time;
    fmt::print(stderr, "\r\033[K{}", bar_text(moment, terminal_width(STDERR_FILENO) - 1));
    std::fflush(stderr);
  }
}

void ProgressBar::clear() {
  if (last_drawn_ > 0) {
    std::fputs("\r\033[K", stderr);
    std::fflush(stderr);
    last_drawn_ = 0;
  }
}

OnProgress shown_progress(const std::string& where) {
  struct Shown {
    std::string stage;
    std::optional<ProgressBar> bar;
  };
  return [where, shown = std::make_shared<Shown>()](const WorkDone& work) {
    if (!shown->bar || shown->stage != work.stage || work.done == 0) {
      shown->stage = work.stage;
      shown->bar.emplace((where.empty() ? "" : where + ": ") + work.stage, work.total, work.unit);
    }
    shown->bar->update(work.done, work.detail);
  };
}

}  // namespace floatsd::app
