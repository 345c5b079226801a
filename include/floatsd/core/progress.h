#pragma once
// Progress: how far long work is. Who does the work calls back; nothing in the library prints.

#include <cstdint>
#include <functional>
#include <string>

namespace floatsd {

/// How much of one stage of the work is done.
struct WorkDone {
  std::string stage;            ///< what is done: "observe", "learn rounding"
  std::string unit;             ///< what is counted, in the plural: "images", "steps", "bytes"
  int64_t done = 0, total = 0;  ///< done rises from 0 to total
  std::string detail;           ///< what is worked on, a layer for instance; may be empty
};

/// Called by the thread that called the work, after each batch, step or file; one that is empty
/// is not called. What it throws ends the work.
using OnProgress = std::function<void(const WorkDone&)>;

/// One stage of the work, which tells `on_progress` how far it is.
class Work {
 public:
  /// Tells that nothing is done yet.
  Work(OnProgress on_progress, std::string stage, std::string unit, int64_t total);

  /// `count` more units are done.
  void advance(int64_t count, const std::string& detail = {});

  /// For a stage inside this one that counts the same units: what is done there is done here. The
  /// work must outlive the callback.
  OnProgress part(const std::string& detail = {});

 private:
  OnProgress on_progress_;
  WorkDone work_;
};

}  // namespace floatsd
