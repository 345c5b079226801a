#pragma once
// IDX, the file format of MNIST: two zero bytes, the type of a value (8: unsigned byte), the number
// of dimensions, each dimension as a big-endian 32-bit integer, then the values, row-major.
//   00 00 08 02  00 00 00 01  00 00 00 03  07 08 09     is the 1 x 3 matrix {7, 8, 9}

#include <cstdint>
#include <filesystem>
#include <vector>

namespace floatsd::data {

struct Idx {
  std::vector<int64_t> dims;    ///< each at least 1
  std::vector<uint8_t> values;  ///< as many as the product of dims
};

/// Reads an IDX file of unsigned bytes with `rank` dimensions and `most` values at most, plain or
/// gzipped. Throws Error "PATH: what was found, expected what" if the file is anything else, to
/// the last byte; it takes no memory for more values than `most`, nor for more than the header
/// says.
Idx read_idx(const std::filesystem::path& path, int rank, int64_t most);

}  // namespace floatsd::data
