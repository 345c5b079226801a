#include "npz.h"

#include <ATen/ATen.h>

#include <array>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "floatsd/core/error.h"
#include "raw_tensor.h"

namespace floatsd::serialize {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::string_view kEnding = ".npy";

struct NumpyType {
  std::string_view name;
  at::ScalarType type;
};
constexpr std::array kTypes = {
    NumpyType{"<f8", at::kDouble}, NumpyType{"<f4", at::kFloat}, NumpyType{"<f2", at::kHalf},
    NumpyType{"<i8", at::kLong},   NumpyType{"<i4", at::kInt},   NumpyType{"<i2", at::kShort},
    NumpyType{"|i1", at::kChar},   NumpyType{"|u1", at::kByte},  NumpyType{"|b1", at::kBool}};

/// What stands behind `key` in the header, a Python dict: {'descr': '<f4', ...}.
std::string_view behind(std::string_view header, std::string_view key) {
  const size_t at = header.find(key);
  if (at == std::string_view::npos) {
    throw Error("its header has no " + std::string(key));
  }
  std::string_view rest = header.substr(at + key.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(": "), rest.size()));
  return rest;
}

/// A tuple of numbers: (16, 1, 5, 5), (3,) or ().
std::vector<int64_t> shape_of(std::string_view header) {
  std::string_view text = behind(header, "'shape'");
  text = text.substr(0, text.find(')'));
  std::vector<int64_t> shape;
  while (true) {
    text.remove_prefix(std::min(text.find_first_of("0123456789"), text.size()));
    if (text.empty()) {
      return shape;
    }
    int64_t extent = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), extent);
    if (error != std::errc()) {
      throw Error("its header has a shape beyond 64 bits");
    }
    shape.push_back(extent);
    text.remove_prefix(static_cast<size_t>(end - text.data()));
  }
}

Value read_npy(std::string_view bytes) {
  constexpr size_t kVersionAt = 6;
  const size_t length_bytes = bytes.size() > kVersionAt && bytes[kVersionAt] == 1 ? 2 : 4;
  const size_t begin = kVersionAt + 2 + length_bytes;
  uint32_t length = 0;
  if (!bytes.starts_with(kMagic) || bytes.size() < begin) {
    throw Error("is no NumPy array");
  }
  std::memcpy(&length, bytes.data() + kVersionAt + 2, length_bytes);
  if (length > bytes.size() - begin) {
    throw Error("is cut off in its header");
  }
  const std::string_view header = bytes.substr(begin, length);
  std::string_view type = behind(header, "'descr'");
  type = type.starts_with('\'') ? type.substr(1, type.find('\'', 1) - 1) : "records";
  const auto* known = std::find_if(kTypes.begin(), kTypes.end(),
                                   [&](const NumpyType& t) { return t.name == type; });
  if (known == kTypes.end()) {
    return Opaque{.name = "a NumPy array of " + std::string(type)};
  }
  std::vector<int64_t> shape = shape_of(header);
  const bool reversed = behind(header, "'fortran_order'").starts_with("True");
  if (reversed) {
    std::reverse(shape.begin(), shape.end());
  }
  const at::Tensor tensor = raw_tensor(known->type, shape, bytes.substr(begin + length));
  return reversed ? tensor.permute([&] {
    std::vector<int64_t> axes(shape.size());
    for (size_t i = 0; i < axes.size(); ++i) {
      axes[i] = static_cast<int64_t>(axes.size() - 1 - i);
    }
    return axes;
  }())
                  : tensor;
}

}  // namespace

Dict read_npz(ZipReader& zip) {
  Dict dict;
  for (const auto& [record, unused] : zip.records()) {
    if (!record.ends_with(kEnding)) {
      continue;
    }
    const std::string name = record.substr(0, record.size() - kEnding.size());
    try {
      dict.entries.push_back({name, read_npy(zip.read(record))});
    } catch (const Error& error) {
      throw Error(name + ": " + error.what());
    }
  }
  return dict;
}

}  // namespace floatsd::serialize
