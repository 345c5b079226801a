#pragma once
// Given flags: which of a command's flags somebody gave, so that defaults can make room for them,
// and which flags belong together.

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace floatsd::app {

/// Names without dashes: before a config file was applied those of the command line, after it all.
std::set<std::string> given_flags(const CLI::App& command);

/// Of the flags that `add` adds to the command the names, without dashes.
std::vector<std::string> names_of_added_flags(const CLI::App& command,
                                              const std::function<void()>& add);

}  // namespace floatsd::app
