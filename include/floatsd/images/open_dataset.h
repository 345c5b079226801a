#pragma once
// Open: a data set of any kind that --dataset can name.

#include <filesystem>
#include <optional>

#include "floatsd/core/progress.h"
#include "floatsd/data/dataset.h"
#include "floatsd/data/source.h"
#include "floatsd/images/image.h"

namespace floatsd::images {

struct OpenOptions {
  std::optional<std::filesystem::path> root;  ///< of the data sets of the registry (find_dataset)
  std::optional<ImageSize> size;              ///< to which every image is resized
  OnProgress on_progress;                     ///< of reading a folder of image files
};

/// Throws Error as the kind's reader does.
data::Dataset open_dataset(const data::Source& source, data::Part part,
                           const OpenOptions& options = {});

}  // namespace floatsd::images
