#pragma once
// Ends: what stands between a network's outputs of classes and the output of its graph.

#include <functional>
#include <set>
#include <string>

#include "interchange/onnx/order.h"

namespace floatsd::interchange::onnx {

/// The graph's output, and the values that become it by operators that only rename values or leave
/// the order of classes as it is.
std::set<std::string, std::less<>> ends(const Order& order, const std::string& output);

/// Whether the operator gives the values that it reads, in another shape or type.
bool renames_values(const std::string& op_type);

}  // namespace floatsd::interchange::onnx
