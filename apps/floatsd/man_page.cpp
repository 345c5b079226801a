#include "man_page.h"

#include <algorithm>
#include <cctype>
#include <sstream>

namespace floatsd::app {
namespace {

/// What roff would read as its own written so that it is shown.
std::string escaped(const std::string& text) {
  std::string result = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  for (const char c : text) {
    if (c == '\\') {
      result += "\\e";
    } else if (c == '-') {
      result += "\\-";
    } else {
      result += c;
    }
  }
  return result;
}

std::string upper(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return text;
}

/// Paragraphs, and lines that begin with a space as they are.
std::string paragraphs(const std::string& text) {
  std::string result;
  bool is_example = false, is_new = true;
  const auto end_example = [&] {
    result += is_example ? ".fi\n.RE\n" : "";
    is_example = false;
  };
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty()) {
      is_new = true;
      continue;
    }
    if (line.starts_with(' ')) {
      result += is_example ? (is_new ? "\n" : "") : ".PP\n.RS 2\n.nf\n";
      is_example = true;
      result += escaped(line.substr(std::min<size_t>(line.find_first_not_of(' '), 2))) + "\n";
    } else {
      end_example();
      result += is_new ? ".PP\n" : "";
      result += escaped(line) + "\n";
    }
    is_new = false;
  }
  end_example();
  return result;
}

std::string options(const std::vector<OptionInfo>& list) {
  std::string text;
  for (const OptionInfo& option : list) {
    text +=
        ".TP\n.B " + escaped(signature(option)) + "\n" + escaped(full_description(option)) + "\n";
  }
  return text;
}

std::string see_also(const std::vector<std::string>& pages) {
  std::string text;
  for (const std::string& page : pages) {
    text += ".BR " + escaped(page) + " (1)" + (page == pages.back() ? "" : ",") + "\n";
  }
  return text.empty() ? "" : ".SH SEE ALSO\n" + text;
}

}  // namespace

std::string page_name(const CommandInfo& command) {
  std::string name = command.name;
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

std::string man_page(const CommandInfo& command, const std::string& version,
                     const std::vector<std::string>& others) {
  std::string text = ".TH " + upper(page_name(command)) + " 1 \"\" \"floatsd " + version +
                     "\" \"User Commands\"\n.nh\n.ad l\n.SH NAME\n" + escaped(page_name(command)) +
                     " \\- " + escaped(command.description) + "\n.SH SYNOPSIS\n.B " +
                     escaped(usage(command)) + "\n.SH DESCRIPTION\n" +
                     escaped(command.description) + "\n" + paragraphs(command.footer);
  if (!command.arguments.empty()) {
    text += ".SH ARGUMENTS\n" + options(command.arguments);
  }
  if (!command.subcommands.empty()) {
    text += ".SH SUBCOMMANDS\n";
    for (const CommandInfo& sub : command.subcommands) {
      text += ".TP\n.B " + escaped(short_name(sub)) + "\n" + escaped(sub.description) + "\n";
    }
  }
  text += ".SH OPTIONS\n";
  for (const OptionGroup& group : command.groups) {
    text +=
        (command.groups.size() == 1 ? "" : ".SS " + group.title + "\n") + options(group.options);
  }
  return text + see_also(others);
}

}  // namespace floatsd::app
