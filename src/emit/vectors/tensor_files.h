#pragma once
// Tensor files: an integer tensor as .npy for Python and as .hex for Verilog's $readmemh.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace floatsd::emit::vectors {

/// Values in the units of `type`: NumPy's "|u1", "|i1", "<i2", "<i4". `bits` is the width of a
/// value in hex: two's complement, so many digits as bits need, a value a line.
struct Tensor {
  std::string type;
  std::vector<int64_t> shape;
  std::vector<int32_t> values;
  int bits = 0;
};

/// Writes STEM.npy and STEM.hex. Throws Error naming the path.
void write_tensor(const Tensor& tensor, const std::filesystem::path& stem);

/// NumPy's header of an array of that type and shape.
std::string npy_header(const std::string& type, const std::vector<int64_t>& shape);

}  // namespace floatsd::emit::vectors
