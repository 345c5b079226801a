#pragma once
// External data: the bytes of a tensor that lie in a file beside the model.

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace floatsd::interchange::onnx {

/// `entries` are the tensor's external_data: location, offset, length; a missing length is
/// `expected`. Throws Error if the location leads out of the folder, the file cannot be read, or
/// the part is not in it.
std::shared_ptr<const std::string> read_external(const std::map<std::string, std::string>& entries,
                                                 const std::filesystem::path& folder,
                                                 size_t expected);

}  // namespace floatsd::interchange::onnx
