#pragma once
// Pixel statistics: by what the images of a data set are normalized that has no numbers of its own.

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
