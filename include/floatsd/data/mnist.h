#pragma once
// MNIST (handwritten digits, 60000 to train and 10000 to test), and the data sets that were made to
// take its place: the same files, 28 x 28 grey pixels, other things on them.

#include <filesystem>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// Images [N, 1, 28, 28], labels 0..9. Reads {train,t10k}-images-idx3-ubyte and
/// {train,t10k}-labels-idx1-ubyte of `folder`, also with .gz behind, or a dot before idx.
/// Throws Error, one line that names the file, what was found and what was expected.
Dataset load_mnist(const std::filesystem::path& folder, Part part);

/// Clothes, from the same files as MNIST.
Dataset load_fashion_mnist(const std::filesystem::path& folder, Part part);

/// Kuzushiji: ten letters of old Japanese hands, from the same files as MNIST.
Dataset load_kmnist(const std::filesystem::path& folder, Part part);

}  // namespace floatsd::data
