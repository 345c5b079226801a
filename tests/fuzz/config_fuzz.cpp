// A config file. What is read is written and read again: the same keys and values.

#include "reads.h"
#include "toml_file.h"

using namespace floatsd;

namespace {

std::string text_of(const app::TomlScalar& value) {
  return value.type == app::TomlType::kText ? app::toml_text(value.text) : value.text;
}

std::string text_of(const app::TomlEntry& entry) {
  std::string values;
  for (const app::TomlScalar& value : entry.values) {
    values += (values.empty() ? "" : ", ") + text_of(value);
  }
  return app::toml_text(entry.key) + " = " + (entry.is_list ? "[" + values + "]" : values) + "\n";
}

}  // namespace

bool fuzz::reads(std::string_view bytes) {
  return accepts([&] {
    const auto entries = app::parse_toml(bytes, "config");
    std::string text;
    for (const app::TomlEntry& entry : entries) {
      text += text_of(entry);
    }
    std::string again;
    for (const app::TomlEntry& entry : app::parse_toml(text, "written")) {
      again += text_of(entry);
    }
    hold(again == text, "a config that was written reads as it was");
  });
}
