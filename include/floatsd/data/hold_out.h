#pragma once
// Hold out: training images that are kept from the training, to choose its best epoch by.

#include <cstdint>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

struct HeldOut {
  Dataset training;    ///< without the images that are held out
  Dataset validation;  ///< these; both in the order that they had
};

/// Holds out `n` images, drawn uniformly; a function of the number of images, `n` and `seed` alone.
/// Throws Error unless 1 <= n < dataset.count.
HeldOut hold_out(const Dataset& dataset, int64_t n, uint64_t seed);

}  // namespace floatsd::data
