#pragma once
// EMNIST: letters and digits, in files like MNIST's.

#include <string>

#include "data/idx_dataset.h"

namespace floatsd::data {

/// A split of EMNIST ("letters", "balanced", "byclass", "bymerge", "digits", "mnist"), as its files
/// emnist-letters-train-images-idx3-ubyte and so on lie: their images are stored column by column,
/// and the letters' labels begin at 1. Loading rights both. Throws Error if there is no such split.
IdxLayout emnist_layout(const std::string& split);

}  // namespace floatsd::data
