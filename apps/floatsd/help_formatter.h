#pragma once
// Help formatter: --help as help_text.h has it, as wide as the terminal.

#include <memory>

namespace CLI {
class FormatterBase;
}

namespace floatsd::app {

std::shared_ptr<CLI::FormatterBase> help_formatter();

}  // namespace floatsd::app
