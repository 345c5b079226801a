#pragma once
// Extents and paddings as JSON: a number if all are equal, else a list. Includes
// nlohmann/json.hpp, which the installed package does not bring.

#include <nlohmann/json.hpp>

#include "floatsd/core/window.h"

namespace floatsd {

/// 3, or [rows, columns].
nlohmann::ordered_json to_json(const Extent& extent);
/// 1, or [top, left, bottom, right].
nlohmann::ordered_json to_json(const Padding& padding);

/// Throw Error with what was found if it is neither.
Extent extent_from(const nlohmann::json& json);
Padding padding_from(const nlohmann::json& json);

/// A pool's "window", "stride", "padding" and "ceil_mode".
void describe_pool(const Window& window, nlohmann::ordered_json& json);
Window read_pool(const nlohmann::json& json);

}  // namespace floatsd
