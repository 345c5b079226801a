#pragma once
// Progress text: how far work is, as a bar for a terminal and as plain lines for a file; and when a
// plain line is due.

#include <cstdint>
#include <string>

namespace floatsd::app {

/// A moment of the work.
struct ProgressMoment {
  std::string title;            ///< "epoch 3/8", "learn rounding"
  std::string unit;             ///< "images"; of "bytes" megabytes are shown
  int64_t done = 0, total = 1;  ///< total >= 1
  double rate = 0;              ///< units a second
  std::string note;             ///< at the end; may be empty
};

/// "learn rounding [######      ]  25%  8.1 steps/s  1:02 left  conv2", the bar shorter if it is
/// wider than `width` letters otherwise, and cut off there at last.
std::string bar_text(const ProgressMoment& moment, int width);

/// "learn rounding: 25 % (500 of 2000 steps), 8.1 steps/s, 1:02 left, conv2".
std::string line_text(const ProgressMoment& moment);

/// When plain lines are due: work that ends within two seconds has none; then come one after two
/// seconds, and another whenever 30 seconds have gone by and one percent more is done.
class LinePace {
 public:
  /// With `seconds` of 0 or more a line is due whenever so many have gone by; else as above.
  explicit LinePace(double seconds = -1) : seconds_(seconds) {}

  /// Whether a line is due at that time since the beginning; if so, the next is counted from here.
  bool is_due(double time, int64_t done, int64_t total);

 private:
  double seconds_;
  double last_time_ = -1;  ///< none yet
  int64_t last_done_ = 0;
};

}  // namespace floatsd::app
