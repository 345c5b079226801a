#pragma once
// MNIST: handwritten digits, 60000 to train and 10000 to test, and data sets of the same files
// (Fashion-MNIST).

#include <filesystem>
#include <string>
#include <vector>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// The names that a file ("train-images-idx3-ubyte") has where people keep it, in the order in
/// which they are looked for: as published, with a dot before idx, each also with .gz; and, as one
/// archive unpacks, in a folder of its own name.
std::vector<std::string> mnist_file_names(const std::string& name);

/// The file of that name which is read, of those in `folder`. Throws Error where there is none.
std::filesystem::path find_mnist_file(const std::filesystem::path& folder, const std::string& name);

/// Images [N, 1, 28, 28], labels 0..9. Reads {train,t10k}-images-idx3-ubyte and
/// {train,t10k}-labels-idx1-ubyte of `folder`, each under the first of its names
/// (mnist_file_names). Throws Error, one line that names the file, what was found and what was
/// expected.
Dataset load_mnist(const std::filesystem::path& folder, Part part);

}  // namespace floatsd::data
