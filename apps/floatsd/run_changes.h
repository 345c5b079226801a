#pragma once
// Run changes: in what a run that is to go on differs from itself as it was begun.

#include <string>
#include <vector>

namespace floatsd::app {

/// A key whose value is another one: as a config writes both.
struct Change {
  std::string key, before, now;
};

/// Of two configs, named for messages. A key that one of them has not counts as in `defaults`, so
/// that runs go on that began before there was such a key. Throws Error on what is not TOML.
std::vector<Change> changes(const std::string& before, const std::string& before_name,
                            const std::string& now, const std::string& defaults);

}  // namespace floatsd::app
