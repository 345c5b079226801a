#pragma once
// Data sets as NumPy saves arrays: x_train.npy, y_train.npy, x_test.npy and y_test.npy.

#include <filesystem>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// The data set of `npy:DIR`. Images are uint8 [N, H, W], [N, C, H, W] or [N, H, W, C] with C 1 or
/// 3; labels are integers of any width, [N] or [N, 1], from 0. Both may be in Fortran's order.
/// There are as many classes as the largest label of both parts says. Throws Error, one line that
/// names the file, what was found and what was expected; also if C could be either axis.
Dataset load_npy_folder(const std::filesystem::path& folder, Part part);

}  // namespace floatsd::data
