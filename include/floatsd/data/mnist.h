#pragma once
// MNIST: handwritten digits, 60000 to train and 10000 to test, and data sets of the same files
// (Fashion-MNIST).

#include <filesystem>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// Images [N, 1, 28, 28], labels 0..9. Reads {train,t10k}-images-idx3-ubyte and
/// {train,t10k}-labels-idx1-ubyte of `folder`, each plain or with .gz (plain where both are).
/// Throws Error, one line that names the file, what was found and what was expected.
Dataset load_mnist(const std::filesystem::path& folder, Part part);

}  // namespace floatsd::data
