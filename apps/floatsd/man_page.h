#pragma once
// Man page: a command's page in section 1 of the manual, for man.

#include <string>

#include "command_info.h"

namespace floatsd::app {

/// "floatsd-data-fetch", the page's name.
std::string page_name(const CommandInfo& command);

/// In the macros of man(7). `version` is that of the program, `others` are the pages to see also.
std::string man_page(const CommandInfo& command, const std::string& version,
                     const std::vector<std::string>& others);

}  // namespace floatsd::app
