#include "help_formatter.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "describe_command.h"
#include "help_text.h"
#include "terminal_width.h"

namespace floatsd::app {
namespace {

constexpr int kNarrowest = 60, kWidest = 110;

class HelpFormatter : public CLI::FormatterBase {
 public:
  std::string make_help(const CLI::App* command, std::string /*name*/,
                        CLI::AppFormatMode /*mode*/) const override {
    const int width = std::clamp(terminal_width(STDOUT_FILENO), kNarrowest, kWidest);
    return help_text(describe(*command), width);
  }
};

}  // namespace

std::shared_ptr<CLI::FormatterBase> help_formatter() { return std::make_shared<HelpFormatter>(); }

}  // namespace floatsd::app
