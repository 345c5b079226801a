#include "floatsd/images/open_dataset.h"

#include <utility>

#include "data/idx_dataset.h"
#include "data/npy_dataset.h"
#include "floatsd/data/locate.h"
#include "floatsd/data/registry.h"
#include "images/image_folder.h"
#include "images/resize.h"

namespace floatsd::images {
namespace {

data::Dataset load(const data::Source& source, data::Part part, const OpenOptions& options) {
  switch (source.kind) {
    case data::SourceKind::kImages:
      return load_image_folder(scan_image_folder(source.folder, options.on_progress), part,
                               options.size, options.on_progress);
    case data::SourceKind::kNpy:
      return data::load_npy_folder(source.folder, part);
    case data::SourceKind::kIdx:
      return data::load_idx_folder(source.folder, part);
    case data::SourceKind::kRegistered:
      break;
  }
  return data::load_dataset(source.name, data::find_dataset(source.name, options.root), part);
}

}  // namespace

data::Dataset open_dataset(const data::Source& source, data::Part part,
                           const OpenOptions& options) {
  data::Dataset dataset = load(source, part, options);
  return options.size ? resize(std::move(dataset), *options.size) : dataset;
}

}  // namespace floatsd::images
