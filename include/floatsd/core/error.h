#pragma once
// How floatsd refuses: one exception type for each exit code, each message one complete line that
// says where, what was found and what was expected. apps/floatsd/main.cpp turns them into exit
// codes; whoever else catches one only adds where it happened.

#include <stdexcept>
#include <string>

namespace floatsd {

/// Bad input or usage (exit code 2): a malformed file, a wrong shape, an unknown name.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A network whose numbers break the format that they claim: a weight that is no level, a
/// multiplier that does not follow from its scales (`floatsd inspect` answers with exit code 1).
class FormatViolation : public Error {
 public:
  using Error::Error;
};

/// Training produced a loss or a range that is not finite (exit code 3).
class Diverged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace floatsd
