#include "serialize/npz.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "core/npy_header.h"
#include "core/refuse.h"
#include "floatsd/core/error.h"
#include "serialize/raw_tensor.h"

namespace floatsd::serialize {
namespace {

constexpr std::string_view kEnding = ".npy";

struct NumpyType {
  std::string_view name;
  at::ScalarType type;
};
constexpr std::array kNumpyTypes = {
    NumpyType{"<f8", at::kDouble}, NumpyType{"<f4", at::kFloat}, NumpyType{"<f2", at::kHalf},
    NumpyType{"<i8", at::kLong},   NumpyType{"<i4", at::kInt},   NumpyType{"<i2", at::kShort},
    NumpyType{"|i1", at::kChar},   NumpyType{"|u1", at::kByte},  NumpyType{"|b1", at::kBool}};

Value read_npy(std::string_view bytes) {
  NpyHeader header = parse_npy_header(bytes);
  const auto* known = std::find_if(kNumpyTypes.begin(), kNumpyTypes.end(),
                                   [&](const NumpyType& t) { return t.name == header.type; });
  if (known == kNumpyTypes.end()) {
    return Opaque{.name = "a NumPy array of " + header.type};
  }
  std::vector<int64_t>& shape = header.shape;
  if (header.is_fortran) {
    std::reverse(shape.begin(), shape.end());
  }
  const at::Tensor tensor = raw_tensor(known->type, shape, bytes.substr(header.begin));
  return header.is_fortran ? tensor.permute([&] {
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
  for (const auto& entry : zip.records()) {
    const std::string& record = entry.first;
    if (!record.ends_with(kEnding)) {
      continue;
    }
    const std::string name = record.substr(0, record.size() - kEnding.size());
    dict.entries.push_back({name, named(name, [&] { return read_npy(zip.read(record)); })});
  }
  return dict;
}

}  // namespace floatsd::serialize
