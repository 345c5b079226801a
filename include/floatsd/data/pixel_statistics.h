#pragma once
// Pixel statistics: the mean and deviation of images whose data set has no published ones.

#include <vector>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

struct PixelStatistics {
  std::vector<double> mean;       ///< of each channel's bytes / 255
  std::vector<double> deviation;  ///< likewise, sqrt(mean((byte / 255 - mean)^2)); 1 for a channel
                                  ///< of one value, which dividing shall leave as it is
};

/// Of all images; for a normalization those of the training part. They are summed as integers, so
/// the order of the images does not count. Throws Error if there are none.
PixelStatistics pixel_statistics(const Dataset& dataset);

}  // namespace floatsd::data
