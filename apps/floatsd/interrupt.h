#pragma once
// SIGINT and SIGTERM, noted instead of obeyed, so that a training can finish its step and save.

namespace floatsd::app {

/// While one of these lives, the first SIGINT or SIGTERM is only noted; a second one ends the
/// program at once.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  /// The signal's number, 0 if there was none.
  [[nodiscard]] int signal() const;
};

}  // namespace floatsd::app
