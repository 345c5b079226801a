#pragma once
// Metrics as CSV: metrics.jsonl for spreadsheets.

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace floatsd::app {

/// A header with every key that any of the objects has, in the order in which they come up, and a
/// row an object; a cell whose key an object has not, or whose value is null, is empty. As RFC 4180
/// has it, with line ends of one character.
std::string to_csv(const std::vector<nlohmann::ordered_json>& objects);

}  // namespace floatsd::app
