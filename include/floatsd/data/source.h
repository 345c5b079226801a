#pragma once
// Source: what --dataset says, as a value: a data set of the registry, or a folder and what lies
// in it.
//
//   NAME          of the registry: mnist, cifar100, ...
//   images:DIR    train/ and test/ (or val/) with a folder of image files a class
//   npy:DIR       x_train.npy, y_train.npy, x_test.npy, y_test.npy
//   idx:DIR       train-images-idx3-ubyte and so on

#include <filesystem>
#include <string>

namespace floatsd::data {

enum class SourceKind { kRegistered, kImages, kNpy, kIdx };

struct Source {
  SourceKind kind = SourceKind::kRegistered;
  std::string name;              ///< of the registry; empty for a folder
  std::filesystem::path folder;  ///< empty for a data set of the registry
};

/// Throws Error, with a suggestion, if the name is unknown, or no folder follows a colon.
Source parse_source(const std::string& text);

}  // namespace floatsd::data
