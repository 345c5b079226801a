#pragma once
// The exit codes of the command, and the two ways to end that are neither success nor bad input.

#include <stdexcept>
#include <string>

namespace floatsd::app {

enum ExitCode : int {
  kDone = 0,
  kUnmet = 1,       ///< a stated expectation failed: accuracy, verify, inspect, check
  kBadInput = 2,    ///< usage, or an input that cannot be used
  kDiverged = 3,    ///< training produced values that are not finite
  kSignalled = 128  ///< plus the signal's number: interrupted after saving (130, 143)
};

/// A stated expectation failed; the message says which.
class Unmet : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A signal ended the work, after what was done had been saved.
class Interrupted : public std::runtime_error {
 public:
  Interrupted(int signal_number, const std::string& what)
      : std::runtime_error(what), signal(signal_number) {}
  int signal;
};

}  // namespace floatsd::app
