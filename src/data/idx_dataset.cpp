#include "data/idx_dataset.h"

#include <algorithm>
#include <string>
#include <system_error>
#include <utility>

#include "core/counted.h"
#include "core/machine_memory.h"
#include "data/idx.h"
#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

constexpr int64_t kMostImages = 1 << 20;  // EMNIST, the largest of its kind, has 814,255

Idx read_images(const IdxLayout& layout, const std::filesystem::path& path) {
  const int64_t side = layout.side;
  Idx images = read_idx(path, 3, side > 0 ? kMostImages * side * side : machine_memory());
  if (side > 0 && (images.dims[1] != side || images.dims[2] != side)) {
    throw Error(path.string() + ": images of " + std::to_string(images.dims[1]) + " x " +
                std::to_string(images.dims[2]) + ", expected " + std::to_string(side) + " x " +
                std::to_string(side));
  }
  return images;
}

/// Counted from 0.
std::vector<uint16_t> read_labels(const IdxLayout& layout, const std::filesystem::path& path,
                                  int64_t count) {
  const Idx labels = read_idx(path, 1, layout.side > 0 ? kMostImages : machine_memory());
  if (labels.dims[0] != count) {
    throw Error(path.string() + ": " + counted(labels.dims[0], "label") +
                ", expected one for each of " + counted(count, "image"));
  }
  const int first = layout.first_label;
  std::vector<uint16_t> counted;
  for (const uint8_t label : labels.values) {
    if (label < first || (layout.classes > 0 && label >= first + layout.classes)) {
      throw Error(path.string() + ": label " + std::to_string(counted.size()) + " is " +
                  std::to_string(label) + ", expected " + std::to_string(first) + " to " +
                  std::to_string(first + layout.classes - 1));
    }
    counted.push_back(static_cast<uint16_t>(label - first));
  }
  return counted;
}

/// Rows and columns of each image [height, width] exchanged.
std::vector<uint8_t> transposed(const std::vector<uint8_t>& images, int64_t height, int64_t width) {
  std::vector<uint8_t> result(images.size());
  for (size_t image = 0; image < images.size(); image += static_cast<size_t>(height * width)) {
    for (int64_t y = 0; y < height; ++y) {
      for (int64_t x = 0; x < width; ++x) {
        result[image + x * height + y] = images[image + y * width + x];
      }
    }
  }
  return result;
}

std::filesystem::path labels_file(const IdxLayout& layout, const std::filesystem::path& folder,
                                  Part part) {
  const std::string& stem = part == Part::kTrain ? layout.train : layout.test;
  return find_idx_file(folder, stem + "-labels-idx1-ubyte", layout.way_out);
}

/// One more than the largest label of both parts.
int count_classes(const IdxLayout& layout, const std::filesystem::path& folder) {
  int classes = 0;
  for (const Part part : {Part::kTrain, Part::kTest}) {
    const Idx labels = read_idx(labels_file(layout, folder, part), 1, machine_memory());
    classes = std::max(classes, 1 + *std::max_element(labels.values.begin(), labels.values.end()));
  }
  return classes;
}

}  // namespace

std::vector<std::string> idx_file_names(const std::string& name) {
  std::string dotted = name;
  dotted[name.find("-idx")] = '.';
  return {name, name + ".gz", dotted, dotted + ".gz", name + "/" + name, dotted + "/" + dotted};
}

std::filesystem::path find_idx_file(const std::filesystem::path& folder, const std::string& name,
                                    const std::string& way_out) {
  std::error_code unreachable;
  std::filesystem::path other;  // no file, but something: reading it says what
  for (const std::string& candidate : idx_file_names(name)) {
    const std::filesystem::path path = folder / candidate;
    if (std::filesystem::is_regular_file(path, unreachable)) {
      return path;
    }
    if (other.empty() && !std::filesystem::is_directory(path, unreachable) &&
        std::filesystem::exists(std::filesystem::symlink_status(path, unreachable))) {
      other = path;
    }
  }
  if (!other.empty()) {
    return other;
  }
  throw Error((folder / name).string() + ": not found, expected it or its .gz" +
              (way_out.empty() ? "" : " (" + way_out + ")"));
}

Dataset load_idx_dataset(const IdxLayout& layout, const std::filesystem::path& folder, Part part) {
  std::error_code unreachable;
  if (!std::filesystem::is_directory(folder, unreachable)) {
    throw Error(folder.string() + ": no folder found, expected IDX files of " + layout.name +
                (layout.way_out.empty() ? "" : " (" + layout.way_out + ")"));
  }
  const std::string& stem = part == Part::kTrain ? layout.train : layout.test;
  Idx images =
      read_images(layout, find_idx_file(folder, stem + "-images-idx3-ubyte", layout.way_out));
  Dataset dataset{.name = layout.name,
                  .count = images.dims[0],
                  .channels = 1,
                  .height = images.dims[1],
                  .width = images.dims[2],
                  .classes = layout.classes > 0 ? layout.classes : count_classes(layout, folder)};
  dataset.labels = read_labels(layout, labels_file(layout, folder, part), dataset.count);
  dataset.class_names = layout.class_names;
  if (layout.order == PixelOrder::kColumns) {
    std::swap(dataset.height, dataset.width);
    dataset.images = transposed(images.values, images.dims[1], images.dims[2]);
  } else {
    dataset.images = std::move(images.values);
  }
  return dataset;
}

Dataset load_idx_folder(const std::filesystem::path& folder, Part part) {
  return load_idx_dataset({.name = "idx:" + folder.string()}, folder, part);
}

}  // namespace floatsd::data
