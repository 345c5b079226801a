#pragma once
// Where data sets lie on this machine.

#include <filesystem>
#include <optional>
#include <string>

namespace floatsd::data {

/// The folder of a data set of the registry ("mnist"). The root is the first of `explicit_root`
/// (--data), the environment's FLOATSD_DATA, and the user's cache ($XDG_CACHE_HOME or
/// ~/.cache)/floatsd/data; the data set is ROOT/mnist, else ROOT/MNIST/raw, where torchvision keeps
/// it, or ROOT if that holds the files itself. A root that lacks it is an error, also if a
/// later one has it. Throws Error that says where it looked and how to fetch.
std::filesystem::path find_dataset(const std::string& name,
                                   const std::optional<std::filesystem::path>& explicit_root);

}  // namespace floatsd::data
