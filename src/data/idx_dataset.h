#pragma once
// Data sets in IDX files: a pair for each part, NAME-images-idx3-ubyte and NAME-labels-idx1-ubyte.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// The names that a file ("train-images-idx3-ubyte") has where people keep it, in the order in
/// which they are looked for: as published, with a dot before idx, each also with .gz; and, as one
/// archive unpacks, in a folder of its own name.
std::vector<std::string> idx_file_names(const std::string& name);

/// The file of that name which is read, of those in `folder`. Throws Error if there is none, with
/// `way_out` as its end.
std::filesystem::path find_idx_file(const std::filesystem::path& folder, const std::string& name,
                                    const std::string& way_out = "");

/// In which order a file holds an image's pixels.
enum class PixelOrder { kRows, kColumns };

struct IdxLayout {
  std::string name;             ///< of the data set
  std::string train = "train";  ///< what the names of the training part's files begin with,
  std::string test = "t10k";    ///< and those of the test part's
  int64_t side = 0;             ///< of the images, which are square; 0: any shape
  int classes = 0;              ///< 0: as many as the largest label of both parts says
  int first_label = 0;          ///< in the files; in memory labels begin at 0
  PixelOrder order = PixelOrder::kRows;  ///< in the files
  std::vector<std::string> class_names = {};
  std::string way_out = {};  ///< what to do if a file is missing
};

/// Images [N, 1, H, W] and labels of a part. Throws Error, one line that names the file, what was
/// found and what was expected.
Dataset load_idx_dataset(const IdxLayout& layout, const std::filesystem::path& folder, Part part);

/// The data set of `idx:DIR`: {train,t10k}-images-idx3-ubyte and {train,t10k}-labels-idx1-ubyte of
/// any size.
Dataset load_idx_folder(const std::filesystem::path& folder, Part part);

}  // namespace floatsd::data
