#include "console.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <memory>

#include "printable.h"

namespace floatsd::app {
namespace {

constexpr double kRedrawSeconds = 0.1;
constexpr int kBarWidth = 24;

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

bool draws() {
  static const bool terminal = ::isatty(STDERR_FILENO) == 1;
  return terminal && logger().should_log(spdlog::level::info);
}

std::string clock_time(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace

void set_verbosity(Verbosity verbosity) {
  logger().set_level(verbosity == Verbosity::kQuiet ? spdlog::level::warn : spdlog::level::info);
}

void say(const std::string& line) { logger().info("{}", printable(line)); }

void warn(const std::string& line) { logger().warn("{}", printable(line)); }

ProgressBar::ProgressBar(std::string title, int64_t total_images)
    : title_(std::move(title)), total_(std::max<int64_t>(1, total_images)) {}

ProgressBar::~ProgressBar() {
  if (last_drawn_ > 0) {
    std::fputs("\r\033[K", stderr);
  }
}

void ProgressBar::update(int64_t done, const std::string& note) {
  const double time = now();
  if (first_done_ < 0) {  // after the first step: its warm-up is not in the rate
    first_done_ = done;
    start_ = time;
    return;
  }
  if (!draws() || time - last_drawn_ < kRedrawSeconds) {
    return;
  }
  last_drawn_ = time;
  const double rate = static_cast<double>(done - first_done_) / std::max(time - start_, 1e-9);
  const double left = static_cast<double>(total_ - done) / std::max(rate, 1e-9);
  const auto filled = static_cast<size_t>(kBarWidth * done / total_);
  fmt::print(stderr, "\r\033[K{} [{:<{}}] {:3}%  {:.0f} images/s  {} left  {}", title_,
             std::string(filled, '#'), kBarWidth, 100 * done / total_, rate, clock_time(left),
             note);
  std::fflush(stderr);
}

}  // namespace floatsd::app
