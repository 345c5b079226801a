#pragma once
// Contact sheet: a picture of what a data set holds, to be looked at before training on it.

#include "floatsd/data/dataset.h"
#include "floatsd/images/image.h"

namespace floatsd::images {

/// A row for each class, in the order of the labels: its name, or its number, and the first
/// images of it, ten at most. Small images are enlarged by a whole number, large ones reduced. Of
/// more than 100 classes with images the first 100. Throws Error if there are no images.
Image contact_sheet(const data::Dataset& dataset);

}  // namespace floatsd::images
