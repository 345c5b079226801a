#pragma once
// CIFAR-10 and CIFAR-100: small colour photographs of ten and of a hundred kinds of things, 50000
// to train and 10000 to test.

#include <filesystem>

#include "floatsd/data/dataset.h"

namespace floatsd::data {

/// Images [N, 3, 32, 32] (red, green, blue), labels 0..9. Reads data_batch_1.bin to
/// data_batch_5.bin, or test_batch.bin, of `folder`, the published binary version: each is 10000
/// records of a label byte and 3072 pixel bytes. Throws Error, one line that names the file, what
/// was found and what was expected.
Dataset load_cifar10(const std::filesystem::path& folder, Part part);

/// Images as CIFAR-10's, labels 0..99: the fine ones. Reads train.bin or test.bin of `folder`:
/// 50000 or 10000 records of a coarse label byte, a fine label byte and 3072 pixel bytes; and the
/// class names from fine_label_names.txt if it is there. Throws Error likewise.
Dataset load_cifar100(const std::filesystem::path& folder, Part part);

/// CIFAR-10's classes, in the order of its labels.
std::vector<std::string> cifar10_class_names();

}  // namespace floatsd::data
