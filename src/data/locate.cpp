#include "floatsd/data/locate.h"

#include <cstdlib>
#include <system_error>

#include "floatsd/core/error.h"
#include "floatsd/data/registry.h"

namespace floatsd::data {
namespace {

using std::filesystem::path;

/// The value of an environment variable; empty where it is unset.
path environment(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr ? value : "";
}

path cache() {
  const path xdg = environment("XDG_CACHE_HOME");
  const path home = environment("HOME");
  if (xdg.empty() && home.empty()) {
    throw Error(
        "data: --data, FLOATSD_DATA, XDG_CACHE_HOME and HOME are unset, expected one of them");
  }
  return (xdg.empty() ? home / ".cache" : xdg) / "floatsd" / "data";
}

struct Root {
  path folder;
  std::string origin;  ///< for the error: who named it
};

Root choose_root(const std::optional<path>& explicit_root) {
  if (explicit_root) {
    return {*explicit_root, "--data"};
  }
  if (const path variable = environment("FLOATSD_DATA"); !variable.empty()) {
    return {variable, "FLOATSD_DATA"};
  }
  return {cache(), "the cache, as neither --data nor FLOATSD_DATA is given"};
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
  for (const std::string& file : registered.a_file) {
    if (std::filesystem::exists(root.folder / file, unreachable)) {
      return root.folder;
    }
  }
  throw Error(name + ": neither " + inside.string() + " nor " + registered.a_file.front() + " in " +
              root.folder.string() + " exists (" + root.origin +
              "), expected one of them: `floatsd data fetch " + name + " " + root.folder.string() +
              "` gets it");
}

}  // namespace floatsd::data
