#pragma once
// What an option of the command line takes: nothing, or values of a type.

#include <string>

namespace CLI {
class Option;
}

namespace floatsd::app {

/// Whether the option stands alone, without a value.
bool is_switch(const CLI::Option& option);

/// The name that CLI11 shows for the type of the option's values, validators left off: "INT",
/// "UINT", "FLOAT" or "TEXT".
std::string type_name(const CLI::Option& option);

}  // namespace floatsd::app
