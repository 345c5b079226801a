#pragma once
// Attributes: those of a node, by name and with ONNX's defaults.

#include <cstdint>
#include <string>
#include <vector>

#include "interchange/onnx/model.h"

namespace floatsd::interchange::onnx {

/// Null if the node has none of that name. Throws Error if it has two.
const Attribute* find_attribute(const Node& node, const std::string& name);

/// The attribute's value; `missing` if the node has none of that name. All throw Error if it is of
/// another type.
int64_t integer_of(const Node& node, const std::string& name, int64_t missing);
float real_of(const Node& node, const std::string& name, float missing);
std::string text_of(const Node& node, const std::string& name, const std::string& missing);
/// A missing list and an empty one are the same.
const std::vector<int64_t>& integers_of(const Node& node, const std::string& name);

}  // namespace floatsd::interchange::onnx
