#pragma once
// Registry: the data sets that a config can name.

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

struct RegisteredDataset {
  std::string name;                        ///< "cifar10", as --dataset has it
  std::string folder;                      ///< "cifar-10-batches-bin", inside a root of data sets
  std::vector<std::string> other_folders;  ///< where other programs put the same files
  std::string unreadable_folder;    ///< of the same images in files that are not read; may be empty
  std::vector<std::string> a_file;  ///< the names one of its files may have: they tell its folder
  std::array<int64_t, 3> image_shape = {};  ///< channels, height, width
  /// Those that every copy of it has, in the order of the labels; empty: its numbers, or its files
  /// name them.
  std::vector<std::string> class_names = {};
  std::string way_out;  ///< where to get it; empty: `floatsd data fetch` gets it
  std::function<Dataset(const std::filesystem::path& folder, Part part)> load;
};

/// The entry for "mnist", "cifar10" and so on. Throws Error, with a suggestion, if the name is
/// unknown.
const RegisteredDataset& find_registered(const std::string& name);

/// The names of all.
std::vector<std::string> registered_names();

/// The name of the first data set whose images are [channels, height, width]. Throws Error if
/// none has such.
std::string dataset_with_images(const std::array<int64_t, 3>& shape);

/// A part of the data set of that name, read from its own folder (see find_dataset). Throws Error
/// if the name is unknown or the files are not as published.
Dataset load_dataset(const std::string& name, const std::filesystem::path& folder, Part part);

}  // namespace floatsd::data
