#pragma once
// What `floatsd inspect` says of files for people that floatsd writes: reports, tables, pictures,
// man pages, completions.

#include <optional>
#include <string>
#include <string_view>

namespace floatsd::app {

/// "a report of trainings: runs/first"; nothing if floatsd wrote no such file.
std::optional<std::string> describe_page(std::string_view html);
std::optional<std::string> describe_text(std::string_view text);
/// Of PNG files, by whomever.
std::optional<std::string> describe_picture(std::string_view bytes);

}  // namespace floatsd::app
