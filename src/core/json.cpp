#include "floatsd/core/json.h"

#include <set>

namespace floatsd {

using nlohmann::ordered_json;

nlohmann::ordered_json parse_json(std::string_view text, const std::string& where) {
  constexpr int kDeepest = 16;  // an ordered object that grows copies its values, by recursion
  constexpr size_t kMostKeys = size_t{1} << 14;  // of an object, which is searched for each new one
  std::vector<std::set<std::string>> keys;
  const auto check = [&](int depth, ordered_json::parse_event_t event, ordered_json& value) {
    using Event = ordered_json::parse_event_t;
    if (depth > kDeepest) {
      throw Error(where + " is nested deeper than " + std::to_string(kDeepest));
    }
    if (event == Event::object_start) {
      keys.emplace_back();
    } else if (event == Event::object_end) {
      keys.pop_back();
    } else if (event == Event::key && !keys.back().insert(value.get<std::string>()).second) {
      throw Error(where + " names '" + value.get<std::string>() + "' twice");
    } else if (event == Event::key && keys.back().size() > kMostKeys) {
      throw Error(where + " has an object of more than " + std::to_string(kMostKeys) + " names");
    }
    return true;
  };
  auto json = ordered_json::parse(text, check, /*allow_exceptions=*/false);
  if (json.is_discarded()) {
    throw Error(where + " is no JSON");
  }
  return json;
}

}  // namespace floatsd
