#include "floatsd/data/locate.h"

#include <algorithm>
#include <cstdlib>
#include <system_error>

#include "floatsd/core/error.h"
#include "floatsd/data/registry.h"

namespace floatsd::data {
namespace {

using std::filesystem::path;

/// The value of an environment variable; empty if it is unset.
path environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : "";
}

path cache() {
  const path xdg = environment("XDG_CACHE_HOME");
  const path home = environment("HOME");
  if (xdg.empty() && home.empty()) {
    throw Error(
        "data: the data folder, FLOATSD_DATA, XDG_CACHE_HOME and HOME are unset, expected one of "
        "them");
  }
  return (xdg.empty() ? home / ".cache" : xdg) / "floatsd" / "data";
}

struct Root {
  path folder;
  std::string origin;  ///< for the error: who named it
};

Root choose_root(const std::optional<path>& explicit_root) {
  if (explicit_root) {
    return {*explicit_root, "the data folder given"};
  }
  if (const path variable = environment("FLOATSD_DATA"); !variable.empty()) {
    return {variable, "FLOATSD_DATA"};
  }
  return {cache(), "the cache, as neither a data folder nor FLOATSD_DATA is given"};
}

/// Whether a folder has one of the files that tell the data set.
bool holds(const path& folder, const RegisteredDataset& dataset) {
  std::error_code unreachable;
  return std::ranges::any_of(dataset.a_file, [&](const std::string& file) {
    return std::filesystem::exists(folder / file, unreachable);
  });
}

}  // namespace

path find_dataset(const std::string& name, const std::optional<path>& explicit_root) {
  const RegisteredDataset& registered = find_registered(name);
  const Root root = choose_root(explicit_root);
  const path inside = root.folder / registered.folder;
  std::error_code unreachable;
  if (std::filesystem::is_directory(inside, unreachable)) {
    return inside;
  }
  for (const std::string& other : registered.other_folders) {
    if (holds(root.folder / other, registered)) {
      return root.folder / other;
    }
  }
  if (holds(root.folder, registered)) {
    return root.folder;
  }
  const std::string ways_out = registered.way_out.empty() ? "`floatsd data fetch " + name + " " +
                                                                root.folder.string() + "` gets it"
                                                          : registered.way_out;
  if (!registered.unreadable_folder.empty() &&
      (std::filesystem::is_directory(root.folder / registered.unreadable_folder, unreachable) ||
       root.folder.filename() == registered.unreadable_folder)) {
    throw Error(name + ": " + root.folder.string() + " (" + root.origin + ") has " +
                registered.unreadable_folder +
                ", pickles for Python, which are not read; expected " + registered.folder + ": " +
                ways_out);
  }
  throw Error(name + ": neither " + inside.string() + " nor " + registered.a_file.front() + " in " +
              root.folder.string() + " exists (" + root.origin +
              "), expected one of them: " + ways_out);
}

}  // namespace floatsd::data
