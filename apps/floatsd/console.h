#pragma once
// Console: what a person sees while a command runs, on stderr. The only user of spdlog.

#include <cstdint>
#include <string>

namespace floatsd::app {

enum class Verbosity { kNormal, kQuiet };

/// Call once, before the first line.
void set_verbosity(Verbosity verbosity);

/// A plain line; nothing when quiet.
void say(const std::string& line);
/// A line that is shown also when quiet.
void warn(const std::string& line);

/// One line that is redrawn as work goes on: share, images/s, time left. Draws on a terminal only,
/// at most ten times a second; nothing when quiet.
class ProgressBar {
 public:
  /// `title` stands before the bar: "epoch 3/8".
  ProgressBar(std::string title, int64_t total_images);
  ~ProgressBar();  ///< clears the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `done` of the total are done; `note` ends the line.
  void update(int64_t done, const std::string& note);

 private:
  std::string title_;
  int64_t total_;
  int64_t first_done_ = -1;
  double start_ = 0;
  double last_drawn_ = 0;
};

}  // namespace floatsd::app
