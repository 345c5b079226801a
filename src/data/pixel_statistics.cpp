#include "floatsd/data/pixel_statistics.h"

#include <array>
#include <cmath>
#include <cstdint>

#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

/// How often each byte stands in a channel.
using Histogram = std::array<int64_t, 256>;

std::vector<Histogram> histograms(const Dataset& dataset) {
  std::vector<Histogram> channels(static_cast<size_t>(dataset.channels), Histogram{});
  const auto plane = static_cast<size_t>(dataset.height * dataset.width);
  const uint8_t* pixel = dataset.images.data();
  for (int64_t image = 0; image < dataset.count; ++image) {
    for (Histogram& histogram : channels) {
      for (size_t i = 0; i < plane; ++i) {
        ++histogram[*pixel++];
      }
    }
  }
  return channels;
}

}  // namespace

PixelStatistics pixel_statistics(const Dataset& dataset) {
  check_images(dataset);
  if (dataset.count < 1 || dataset.image_size() < 1) {
    throw Error(dataset.name + ": mean and deviation of no pixels, expected at least one image");
  }
  const double pixels = static_cast<double>(dataset.count * dataset.height * dataset.width);
  PixelStatistics statistics;
  for (const Histogram& histogram : histograms(dataset)) {
    double sum = 0;  // of integers below 2^53
    for (size_t byte = 0; byte < histogram.size(); ++byte) {
      sum += static_cast<double>(histogram[byte]) * static_cast<double>(byte);
    }
    const double mean = sum / pixels;
    double squares = 0;
    for (size_t byte = 0; byte < histogram.size(); ++byte) {
      const double distance = static_cast<double>(byte) - mean;
      squares += static_cast<double>(histogram[byte]) * distance * distance;
    }
    const double deviation = std::sqrt(squares / pixels) / 255;
    statistics.mean.push_back(mean / 255);
    statistics.deviation.push_back(deviation > 0 ? deviation : 1);
  }
  return statistics;
}

}  // namespace floatsd::data
