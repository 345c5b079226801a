#pragma once
// Console: what a person sees while a command runs, on stderr. The only user of spdlog.

#include <cstdint>
#include <string>

#include "floatsd/core/progress.h"
#include "progress_text.h"

namespace floatsd::app {

enum class Verbosity { kNormal, kQuiet };

/// Call once, before the first line.
void set_verbosity(Verbosity verbosity);

/// A plain line; nothing when quiet.
void say(const std::string& line);
/// A line that is shown also when quiet.
void warn(const std::string& line);

/// How far work is: share, rate, time left. On a terminal one line that is redrawn at most ten
/// times a second; elsewhere plain lines (LinePace; the environment variable FLOATSD_PROGRESS may
/// give the seconds between them); nothing when quiet.
class ProgressBar {
 public:
  /// `title` stands before the bar: "epoch 3/8"; `unit` is what is counted.
  ProgressBar(std::string title, int64_t total, std::string unit = "images");
  ~ProgressBar();  ///< clears the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// `done` of the total are done; `note` ends the line. A bar that is full is cleared.
  void update(int64_t done, const std::string& note);

 private:
  void draw(const ProgressMoment& moment, double time);
  void clear();

  std::string title_, unit_;
  int64_t total_;
  int64_t first_done_ = -1;
  double start_ = 0;
  double last_drawn_ = 0;  ///< 0: there is no bar to be seen
  LinePace pace_;
};

/// Shows the stages of a work one after another, each by a bar with the stage for a title, `where`
/// before it: "int4: observe".
OnProgress shown_progress(const std::string& where = "");

}  // namespace floatsd::app
