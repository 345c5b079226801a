#pragma once
// The bytes of a pickle, taken from the front in the forms that opcodes have their arguments in.

#include <cstdint>
#include <string_view>

namespace floatsd::serialize {

/// Every function throws Error where the pickle ends early.
class PickleBytes {
 public:
  explicit PickleBytes(std::string_view pickle) : rest_(pickle) {}

  std::string_view take(size_t size);
  /// Up to the next newline, which is taken too.
  std::string_view take_line();
  /// Unsigned, little endian, of at most 8 bytes.
  uint64_t take_number(size_t size);
  /// A size byte, then a little-endian two's complement. Throws Error beyond 64 bits.
  int64_t take_long();
  /// Big endian.
  double take_double();

 private:
  std::string_view rest_;
};

}  // namespace floatsd::serialize
