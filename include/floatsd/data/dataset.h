#pragma once
// Dataset: labelled 8-bit images in memory, as they are in their files. The beginning of the flow.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace floatsd::data {

enum class Part { kTrain, kTest };

/// Labels are 16 bits wide.
constexpr int64_t kMostClasses = 65536;

struct Dataset {
  std::string name;  ///< "mnist"
  int64_t count = 0;
  int64_t channels = 0;
  int64_t height = 0;
  int64_t width = 0;
  int classes = 0;
  std::vector<uint8_t> images;           ///< [count, channels, height, width], 0..255
  std::vector<uint16_t> labels;          ///< [count], each below `classes`
  std::vector<std::string> class_names;  ///< [classes], in the order of the labels; empty: unknown

  /// Bytes of one image.
  [[nodiscard]] int64_t image_size() const { return channels * height * width; }
};

/// Throws Error with both numbers unless `images` has the bytes of `count` images.
void check_images(const Dataset& dataset);

/// Throws Error with what was found unless `labels` are as many as `count`, each below `classes`.
void check_labels(const Dataset& dataset);

/// Throws Error with both shapes if the images are not [channels, height, width] as `expected`,
/// which `reader` reads.
void check_shape(const Dataset& dataset, const std::array<int64_t, 3>& expected,
                 const std::string& reader);

/// Throws Error with both numbers if the data set has not `expected` classes, which is how many
/// outputs `reader` has.
void check_classes(const Dataset& dataset, int64_t expected, const std::string& reader);

/// Throws Error with both numbers if the parts' images differ in shape or in number of classes.
void check_parts(const Dataset& train, const Dataset& test);

/// The first `n` images; all of them if there are no more. Throws Error if n < 1.
Dataset first(const Dataset& dataset, int64_t n);
/// The same in the memory of `dataset`.
Dataset first(Dataset&& dataset, int64_t n);

}  // namespace floatsd::data
