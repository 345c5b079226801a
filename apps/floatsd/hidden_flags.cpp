#include "hidden_flags.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

namespace floatsd::app {
namespace {

const std::string kGroup = "hidden";  // one without a name hides them from messages, too

class Formatter : public CLI::Formatter {
 public:
  std::string make_group(std::string group, bool is_positional,
                         std::vector<const CLI::Option*> options) const override {
    return group == kGroup ? "" : CLI::Formatter::make_group(group, is_positional, options);
  }
};

}  // namespace

void hide(CLI::App& command, const std::vector<CLI::Option*>& options) {
  for (CLI::Option* option : options) {
    option->group(kGroup);
  }
  command.formatter(std::make_shared<Formatter>());
}

bool is_hidden(const CLI::Option& option) { return option.get_group() == kGroup; }

}  // namespace floatsd::app
