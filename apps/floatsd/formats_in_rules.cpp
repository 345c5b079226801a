#include "formats_in_rules.h"

#include <algorithm>
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
  return {path.extension() == ".json" ? path.stem().string() : text,
          &find_codebook(format_name(text))};
}

}  // namespace

std::vector<NamedFormat> named_formats(const std::string& command, const workflow::Recipe& recipe,
                                       const std::vector<std::string>& texts) {
  if (!recipe.quantizes()) {
    throw Error(command + ": no --weights rules in which formats could take turns");
  }
  std::vector<NamedFormat> formats;
  for (const std::string& text : texts) {
    const NamedFormat format = named_format(text);
    if (std::any_of(formats.begin(), formats.end(),
                    [&](const NamedFormat& other) { return other.name == format.name; })) {
      throw Error(command + ": format '" + format.name + "' is there twice");
    }
    formats.push_back(format);
  }
  return formats;
}

}  // namespace floatsd::app
