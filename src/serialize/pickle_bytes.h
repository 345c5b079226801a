#pragma once
// The bytes of a pickle, taken from the front in the forms that opcodes have their arguments in.

#include <cstdint>
#include <optional>
#include <string_view>

namespace floatsd::serialize {

/// Every function throws Error if the pickle ends early.
class PickleBytes {
 public:
  explicit PickleBytes(std::string_view pickle) : rest_(pickle) {}

  std::string_view take(uint64_t size);
  /// Up to the next newline, which is taken too.
  std::string_view take_line();
  /// Unsigned, little endian, of at most 8 bytes.
  uint64_t take_number(size_t size);
  /// A little-endian two's complement of that many bytes; none beyond 64 bits.
  std::optional<int64_t> take_long(uint64_t size);
  /// A line of decimal digits, of which the last may be an L; none beyond 64 bits.
  std::optional<int64_t> take_decimal();
  /// Big endian.
  double take_double();

  /// What was not taken.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace floatsd::serialize
