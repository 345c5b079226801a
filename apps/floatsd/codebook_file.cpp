#include "codebook_file.h"

#include <algorithm>
#include <array>

#include "core/file.h"
#include "core/formats/own_levels.h"
#include "core/json.h"
#include "floatsd/core/error.h"

namespace floatsd::app {
namespace {

using nlohmann::json;

std::string levels_text(const json& levels) {
  std::string text;
  for (const json& level : levels) {
    text += text.empty() ? "" : "/";
    text += level.dump();
  }
  return text;
}

/// The format's name of a file's content.
std::string definition(const json& file) {
  const std::array<std::string, 3> keys = {"levels", "name", "rounding"};
  if (!file.is_object() || !file.contains("name") || !file["name"].is_string() ||
      !file.contains("levels") || !file["levels"].is_array()) {
    throw Error("expected an object with a name and a list of levels");
  }
  for (const auto& [key, value] : file.items()) {
    if (std::find(keys.begin(), keys.end(), key) == keys.end()) {
      throw Error("'" + key + "' is unknown, expected name, levels and rounding");
    }
  }
  const json rounding = file.value("rounding", json("nearest"));
  if (rounding != "nearest" && rounding != "geometric") {
    throw Error("rounding " + rounding.dump() + ", expected \"nearest\" or \"geometric\"");
  }
  return file["name"].get<std::string>() + "{" + levels_text(file["levels"]) +
         (rounding == "geometric" ? "/geometric}" : "}");
}

}  // namespace

std::string format_name(const std::string& format) {
  if (!format.ends_with(".json")) {
    return format;
  }
  try {
    constexpr size_t kMostBytes = size_t{1} << 16;  // 128 levels need a thousand
    std::string name = definition(parse_json(read_file(format, kMostBytes), "its JSON"));
    static_cast<void>(own_levels(name));
    return name;
  } catch (const Error& error) {
    const std::string what = error.what();
    throw Error(what.starts_with(format) ? what : format + ": " + what);
  }
}

std::string with_codebook_file(const std::string& rule) {
  const std::string extension = ".json";
  const size_t begin = rule.find('=') + 1;
  const size_t extension_at = rule.find(extension + ":", begin);
  if (begin == 0 || extension_at == std::string::npos) {
    return rule;
  }
  const size_t end = extension_at + extension.size();
  return rule.substr(0, begin) + format_name(rule.substr(begin, end - begin)) + rule.substr(end);
}

}  // namespace floatsd::app
