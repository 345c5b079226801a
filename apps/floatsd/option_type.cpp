#include "option_type.h"

#include <CLI/CLI.hpp>

namespace floatsd::app {

bool is_switch(const CLI::Option& option) { return option.get_expected_max() == 0; }

std::string type_name(const CLI::Option& option) {
  const std::string name = option.get_type_name();
  return name.substr(0, name.find(':'));
}

}  // namespace floatsd::app
