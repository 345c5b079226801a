#include "formats_in_rules.h"

#include <algorithm>
#include <filesystem>

#include "codebook_file.h"
#include "floatsd/core/error.h"
#include "floatsd/quant/qconfig.h"

namespace floatsd::app {
namespace {

/// PATTERN=FORMAT:REST with another format.
std::string with_format(const std::string& rule, const std::string& format) {
  const size_t begin = rule.find('=') + 1;
  return rule.substr(0, begin) + format + rule.substr(rule.find(':', begin));
}

}  // namespace

Recipe in_format(const Recipe& recipe, const std::string& format) {
  Recipe result = recipe;
  if (format == kFloat32) {
    result.weights.clear();
    return result;
  }
  for (std::string& rule : result.weights) {
    static_cast<void>(quant::parse_qconfig_rule(rule));
    rule = with_codebook_file(with_format(rule, format));
    static_cast<void>(quant::parse_qconfig_rule(rule));
  }
  return result;
}

std::string name_of_format(const std::string& format) {
  const std::filesystem::path path(format);
  return path.extension() == ".json" ? path.stem().string() : format;
}

void check_formats(const std::string& command, const Recipe& recipe,
                   const std::vector<std::string>& formats) {
  if (recipe.weights.empty()) {
    throw Error(command + ": no --weights rules in which formats could take turns");
  }
  std::vector<std::string> names;
  for (const std::string& format : formats) {
    names.push_back(name_of_format(format));
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    throw Error(command + ": format '" + *twice + "' is there twice");
  }
}

}  // namespace floatsd::app
