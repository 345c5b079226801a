#pragma once
// Metadata: what a model that floatsd wrote says of its input and its classes
// (emit/onnx/metadata.h).

#include <map>
#include <string>
#include <vector>

namespace floatsd::interchange::onnx {

struct Metadata {
  std::vector<float> mean, deviation;  ///< of bytes / 255, one for each channel; empty: not said
  std::vector<std::string> class_names;
};

/// Entries that are not as floatsd writes them are passed over: other programs may use their keys.
Metadata read_metadata(const std::map<std::string, std::string>& entries);

}  // namespace floatsd::interchange::onnx
