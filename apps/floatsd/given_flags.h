#pragma once
// Given flags: which of a command's flags somebody gave, so that defaults can make room for them.

#include <set>
#include <string>

namespace CLI {
class App;
}

namespace floatsd::app {

/// Names without dashes: before a config file was applied those of the command line, after it all.
std::set<std::string> given_flags(const CLI::App& command);

}  // namespace floatsd::app
