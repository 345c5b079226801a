#include "core/window_json.h"

#include <string>
#include <vector>

#include "core/json.h"

namespace floatsd {
namespace {

/// The integers of a list of `count`, or one integer, alone.
std::vector<int> integers(const nlohmann::json& json, size_t count, const char* expected) {
  if (!json.is_array()) {
    return {to_integer<int>(json)};
  }
  if (json.size() != count) {
    throw Error(shortened(json) + ", expected an integer or " + expected);
  }
  std::vector<int> result;
  for (const nlohmann::json& number : json) {
    result.push_back(to_integer<int>(number));
  }
  return result;
}

}  // namespace

nlohmann::ordered_json to_json(const Extent& extent) {
  if (extent == Extent(extent.height)) {
    return extent.height;
  }
  return {extent.height, extent.width};
}

nlohmann::ordered_json to_json(const Padding& padding) {
  if (padding == Padding(padding.top)) {
    return padding.top;
  }
  return {padding.top, padding.left, padding.bottom, padding.right};
}

Extent extent_from(const nlohmann::json& json) {
  const std::vector<int> sides = integers(json, 2, "[rows, columns]");
  return sides.size() == 1 ? Extent(sides[0]) : Extent(sides[0], sides[1]);
}

Padding padding_from(const nlohmann::json& json) {
  const std::vector<int> sides = integers(json, 4, "[top, left, bottom, right]");
  return sides.size() == 1 ? Padding(sides[0]) : Padding(sides[0], sides[1], sides[2], sides[3]);
}

void describe_pool(const Window& window, nlohmann::ordered_json& json) {
  json["window"] = to_json(window.size);
  json["stride"] = to_json(window.stride);
  json["padding"] = to_json(window.padding);
  json["ceil_mode"] = window.ceil_mode;
}

Window read_pool(const nlohmann::json& json) {
  return {.size = value_at(json, "window", extent_from),
          .stride = value_at(json, "stride", extent_from),
          .padding = value_at(json, "padding", padding_from),
          .dilation = 1,
          .ceil_mode = json.at("ceil_mode").get<bool>()};
}

}  // namespace floatsd
