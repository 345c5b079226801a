#include "floatsd/core/progress.h"

#include <utility>

namespace floatsd {

Work::Work(OnProgress on_progress, std::string stage, std::string unit, int64_t total)
    : on_progress_(std::move(on_progress)),
      work_{.stage = std::move(stage), .unit = std::move(unit), .total = total} {
  advance(0);
}

void Work::advance(int64_t count, const std::string& detail) {
  if (on_progress_) {
    work_.done += count;
    work_.detail = detail;
    on_progress_(work_);
  }
}

OnProgress Work::part(const std::string& detail) {
  if (!on_progress_) {
    return {};
  }
  return [this, detail, before = int64_t{0}](const WorkDone& part) mutable {
    advance(part.done - before, detail);
    before = part.done;
  };
}

}  // namespace floatsd
