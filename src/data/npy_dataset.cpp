#include "data/npy_dataset.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "core/counted.h"
#include "core/file.h"
#include "core/machine_memory.h"
#include "core/npy_header.h"
#include "core/refuse.h"
#include "core/shape_text.h"
#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

namespace fs = std::filesystem;

struct Npy {
  std::string where;  ///< for errors
  std::string content;
  NpyHeader header;

  [[nodiscard]] std::string_view bytes() const {
    return std::string_view(content).substr(header.begin);
  }
  [[noreturn]] void fail(const std::string& what) const { throw Error(where + ": " + what); }
};

Npy read_npy(const fs::path& folder, const std::string& name) {
  std::error_code unreachable;
  const fs::path path = folder / name;
  if (!fs::exists(fs::symlink_status(path, unreachable))) {
    throw Error(path.string() +
                ": not found, expected x_train.npy, y_train.npy, x_test.npy and y_test.npy");
  }
  Npy npy{.where = path.string(),
          .content = read_file(path, static_cast<size_t>(machine_memory()))};
  npy.header = named(npy.where, [&] { return parse_npy_header(npy.content); });
  return npy;
}

/// Throws Error unless the bytes are as many as the shape says, each value `width` wide.
void check_size(const Npy& npy, size_t width) {
  const int64_t values = npy.header.values();
  const auto held = static_cast<int64_t>(npy.bytes().size() / width);
  if (values != held || npy.bytes().size() % width != 0) {
    npy.fail(std::to_string(npy.bytes().size()) + " bytes behind its header, expected " +
             shape_text(npy.header.shape) + " values of " + std::to_string(width));
  }
}

/// The axes of an image in the array's shape; channels: -1 if it has no such axis.
struct Axes {
  int channels, height, width;
};

Axes axes_of(const Npy& npy) {
  const std::vector<int64_t>& shape = npy.header.shape;
  if (shape.size() == 3) {
    return {-1, 1, 2};
  }
  if (shape.size() != 4) {
    npy.fail("is of shape " + shape_text(shape) +
             ", expected [N, H, W], [N, C, H, W] or [N, H, W, C]");
  }
  const auto is_channels = [](int64_t extent) { return extent == 1 || extent == 3; };
  if (is_channels(shape[1]) && is_channels(shape[3])) {
    npy.fail("is of shape " + shape_text(shape) +
             ", whose channels may be the second axis or the last; expected one axis of 1 or 3");
  }
  if (is_channels(shape[1])) {
    return {1, 2, 3};
  }
  if (is_channels(shape[3])) {
    return {3, 1, 2};
  }
  npy.fail("is of shape " + shape_text(shape) +
           ", expected 1 or 3 channels as its second or its last axis");
}

/// By how many values each axis goes on.
std::vector<int64_t> strides(const NpyHeader& header) {
  std::vector<int64_t> strides(header.shape.size());
  int64_t stride = 1;
  for (size_t i = 0; i < strides.size(); ++i) {
    const size_t axis = header.is_fortran ? i : strides.size() - 1 - i;
    strides[axis] = stride;
    stride *= header.shape[axis];
  }
  return strides;
}

/// Fills in all that the images say.
void take_images(const Npy& npy, Dataset& dataset) {
  if (npy.header.type != "|u1") {
    npy.fail("holds values of type " + npy.header.type + ", expected |u1: uint8, 0 to 255");
  }
  const Axes axes = axes_of(npy);
  check_size(npy, 1);
  if (npy.header.values() == 0) {
    npy.fail("is of shape " + shape_text(npy.header.shape) + ", expected at least one pixel");
  }
  const std::vector<int64_t>& shape = npy.header.shape;
  dataset.count = shape[0];
  dataset.channels = axes.channels < 0 ? 1 : shape[axes.channels];
  dataset.height = shape[axes.height];
  dataset.width = shape[axes.width];
  const std::vector<int64_t> step = strides(npy.header);
  const int64_t channel_step = axes.channels < 0 ? 0 : step[axes.channels];
  const char* from = npy.bytes().data();
  dataset.images.reserve(static_cast<size_t>(dataset.count * dataset.image_size()));
  for (int64_t n = 0; n < dataset.count; ++n) {
    for (int64_t c = 0; c < dataset.channels; ++c) {
      for (int64_t y = 0; y < dataset.height; ++y) {
        const char* row = from + n * step[0] + c * channel_step + y * step[axes.height];
        for (int64_t x = 0; x < dataset.width; ++x) {
          dataset.images.push_back(static_cast<uint8_t>(row[x * step[axes.width]]));
        }
      }
    }
  }
}

/// An integer of `width` bytes, as its 64 bits and whether it is below 0.
struct Integer {
  uint64_t bits;
  bool is_negative;
};

/// How an array's integers are written: "<i4", ">u2", "|u1".
struct IntegerType {
  size_t width;
  bool is_signed, is_big_endian;

  [[nodiscard]] Integer read(const char* at) const {
    uint64_t bits = 0;
    for (size_t i = 0; i < width; ++i) {
      bits = bits << 8 | static_cast<uint8_t>(at[is_big_endian ? i : width - 1 - i]);
    }
    return {bits, is_signed && (bits >> (8 * width - 1)) != 0};
  }
};

IntegerType integer_type(const Npy& npy) {
  const std::string& type = npy.header.type;
  constexpr std::array<std::string_view, 8> kKinds = {"i1", "u1", "i2", "u2",
                                                      "i4", "u4", "i8", "u8"};
  if (type.size() != 3 ||
      std::find(kKinds.begin(), kKinds.end(), std::string_view(type).substr(1)) == kKinds.end()) {
    npy.fail("holds values of type " + type + ", expected integers (labels)");
  }
  return {static_cast<size_t>(type[2] - '0'), type[1] == 'i', type[0] == '>'};
}

std::vector<uint16_t> read_labels(const Npy& npy) {
  const std::vector<int64_t>& shape = npy.header.shape;
  if (shape.empty() || shape.size() > 2 || (shape.size() == 2 && shape[1] != 1)) {
    npy.fail("is of shape " + shape_text(shape) + ", expected [N]: a label an image");
  }
  const IntegerType type = integer_type(npy);
  check_size(npy, type.width);
  std::vector<uint16_t> labels;
  for (size_t at = 0; at < npy.bytes().size(); at += type.width) {
    const Integer label = type.read(npy.bytes().data() + at);
    if (label.is_negative || label.bits >= kMostClasses) {
      npy.fail("label " + std::to_string(labels.size()) + " is " +
               (label.is_negative ? "negative" : std::to_string(label.bits)) + ", expected 0 to " +
               std::to_string(kMostClasses - 1));
    }
    labels.push_back(static_cast<uint16_t>(label.bits));
  }
  return labels;
}

}  // namespace

Dataset load_npy_folder(const fs::path& folder, Part part) {
  std::error_code unreachable;
  if (!fs::is_directory(folder, unreachable)) {
    throw Error(folder.string() + ": no folder found, expected x_train.npy and so on in it");
  }
  Dataset dataset{.name = "npy:" + folder.string()};
  for (const Part each : {Part::kTrain, Part::kTest}) {
    const Npy file = read_npy(folder, each == Part::kTrain ? "y_train.npy" : "y_test.npy");
    std::vector<uint16_t> labels = read_labels(file);
    for (const uint16_t label : labels) {
      dataset.classes = std::max(dataset.classes, label + 1);
    }
    if (each == part) {
      dataset.labels = std::move(labels);
    }
  }
  const Npy images = read_npy(folder, part == Part::kTrain ? "x_train.npy" : "x_test.npy");
  take_images(images, dataset);
  if (static_cast<int64_t>(dataset.labels.size()) != dataset.count) {
    images.fail(counted(dataset.count, "image") + ", expected one for each of " +
                std::to_string(dataset.labels.size()) + " labels");
  }
  return dataset;
}

}  // namespace floatsd::data
