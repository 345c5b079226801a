#include "emit/vectors/tensor_files.h"

#include "core/file.h"

namespace floatsd::emit::vectors {
namespace {

std::string little_endian(std::span<const int32_t> values, int bytes) {
  std::string result;
  for (const int32_t value : values) {
    for (int i = 0; i < bytes; ++i) {
      result += static_cast<char>(static_cast<uint32_t>(value) >> 8 * i);
    }
  }
  return result;
}

std::string hex_lines(std::span<const int32_t> values, int bits) {
  std::string lines;
  for (const int32_t value : values) {
    for (int digit = (bits + 3) / 4 - 1; digit >= 0; --digit) {
      lines += "0123456789abcdef"[static_cast<uint32_t>(value) >> 4 * digit & 15];
    }
    lines += '\n';
  }
  return lines;
}

}  // namespace

std::string npy_header(const std::string& type, const std::vector<int64_t>& shape) {
  constexpr size_t kAlignment = 64;
  constexpr size_t kLengthBytes = 2;
  std::string sizes;
  for (const int64_t size : shape) {
    sizes += std::to_string(size) + ", ";
  }
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': False, 'shape': (" + sizes + "), }";
  const std::string magic("\x93NUMPY\x01\x00", 8);
  const size_t used = magic.size() + kLengthBytes + header.size() + 1;
  header.append((kAlignment - used % kAlignment) % kAlignment, ' ');
  header += '\n';
  return magic + little_endian(std::vector{static_cast<int32_t>(header.size())}, kLengthBytes) +
         header;
}

void write_tensor(const Tensor& tensor, const std::filesystem::path& stem) {
  const int bytes = tensor.type.back() - '0';
  write_file(stem.string() + ".npy",
             npy_header(tensor.type, tensor.shape) + little_endian(tensor.values, bytes));
  write_file(stem.string() + ".hex", hex_lines(tensor.values, tensor.bits));
}

}  // namespace floatsd::emit::vectors
