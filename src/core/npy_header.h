#pragma once
// The header of NumPy's .npy, versions 1 to 3: the array's type, shape and order stand before its
// bytes (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace floatsd {

struct NpyHeader {
  std::string type;            ///< "<f4", "|u1"; "records" for an array of records
  std::vector<int64_t> shape;  ///< empty: a single value
  bool is_fortran = false;     ///< the first axis is the fastest
  size_t begin = 0;            ///< of the array's bytes in the file

  /// The number of values; -1 if that exceeds 64 bits.
  [[nodiscard]] int64_t values() const;
};

/// The header of the .npy that `bytes` begin with. Throws Error, in words that go on after the
/// array's name ("is cut off in its header"), if it is not as NumPy writes it.
NpyHeader parse_npy_header(std::string_view bytes);

}  // namespace floatsd
