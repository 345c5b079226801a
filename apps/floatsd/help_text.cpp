#include "help_text.h"

#include <algorithm>
#include <sstream>
#include <vector>

namespace floatsd::app {
namespace {

constexpr size_t kIndent = 2;
constexpr size_t kGap = 2;

std::vector<std::string> wrap(const std::string& text, size_t width) {
  std::vector<std::string> lines(1);
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (line.size() + 1 + word.size() <= width) {
      line += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

/// A term, and what it means in the column that begins at `column`; below a term that is too long.
std::string entry(const std::string& term, const std::string& text, size_t column, size_t width) {
  std::string result = std::string(kIndent, ' ') + term;
  bool is_beside = result.size() + kGap <= column;
  for (const std::string& line : wrap(text, std::max(width, column + 1) - column)) {
    result +=
        is_beside ? std::string(column - result.size(), ' ') : "\n" + std::string(column, ' ');
    result += line;
    is_beside = false;
  }
  return result + "\n";
}

std::string options_text(const std::string& title, const std::vector<OptionInfo>& options,
                         size_t column, size_t width) {
  if (options.empty()) {
    return {};
  }
  std::string text = "\n" + title + ":\n";
  for (const OptionInfo& option : options) {
    text += entry(signature(option), full_description(option), column, width);
  }
  return text;
}

/// Where descriptions begin: behind the longest term that leaves them two thirds of the width.
size_t column_for(const CommandInfo& command, size_t width) {
  size_t longest = 0;
  const auto count = [&](const std::string& term) {
    const size_t column = kIndent + term.size() + kGap;
    longest = column <= width / 3 ? std::max(longest, column) : longest;
  };
  for (const OptionGroup& group : command.groups) {
    for (const OptionInfo& option : group.options) {
      count(signature(option));
    }
  }
  for (const OptionInfo& argument : command.arguments) {
    count(signature(argument));
  }
  for (const CommandInfo& sub : command.subcommands) {
    count(short_name(sub));
  }
  return longest;
}

}  // namespace

std::string fill(const std::string& text, int width) {
  std::string result, paragraph;
  const auto end_paragraph = [&] {
    if (!paragraph.empty()) {
      for (const std::string& line : wrap(paragraph, static_cast<size_t>(width))) {
        result += line + "\n";
      }
    }
    paragraph.clear();
  };
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line.starts_with(' ')) {
      end_paragraph();
      result += line + "\n";
    } else {
      paragraph += line + " ";
    }
  }
  end_paragraph();
  return result;
}

std::string help_text(const CommandInfo& command, int width) {
  const auto most = static_cast<size_t>(width);
  const size_t column = column_for(command, most);
  std::string text = fill(command.description, width) + "Usage: " + usage(command) + "\n" +
                     options_text("Arguments", command.arguments, column, most);
  for (const OptionGroup& group : command.groups) {
    text += options_text(group.title, group.options, column, most);
  }
  if (!command.subcommands.empty()) {
    text += "\nSubcommands:\n";
    for (const CommandInfo& sub : command.subcommands) {
      text += entry(short_name(sub), sub.description, column, most);
    }
  }
  if (!command.footer.empty()) {
    text += (command.footer.starts_with('\n') ? "" : "\n") + fill(command.footer, width);
  }
  return text;
}

}  // namespace floatsd::app
