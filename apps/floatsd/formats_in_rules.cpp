#include "formats_in_rules.h"

#include <filesystem>

#include "codebook_file.h"
#include "floatsd/core/error.h"
#include "recipe_options.h"

namespace floatsd::app {
namespace {

NamedFormat named_format(const std::string& text) {
  if (text == "float32") {
    return {text, nullptr};
  }
  const std::filesystem::path path(text);
  // A run's folder is named so: NAME of NAME{0/LEVEL/...} as well.
  const std::string name =
      path.extension() == ".json" ? path.stem().string() : text.substr(0, text.find('{'));
  if (name == "float32" || name.starts_with("sweep.") || name.starts_with(".")) {
    throw Error(text + ": its runs would be named '" + name + "', expected another file name");
  }
  return {name, &find_codebook(format_name(text))};
}

}  // namespace

std::vector<NamedFormat> named_formats(const std::vector<std::string>& texts) {
  std::vector<NamedFormat> formats;
  formats.reserve(texts.size());
  for (const std::string& text : texts) {
    formats.push_back(named_format(text));
  }
  return formats;
}

std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const Codebook& book : codebooks()) {
    names.push_back(book.name);
  }
  return names;
}

}  // namespace floatsd::app
