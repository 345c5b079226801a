#pragma once
// Graph drawing: a network's nodes from top to bottom, and who reads whom.

#include <string>
#include <vector>

#include "floatsd/report/run_report.h"
#include "report/drawing.h"

namespace floatsd::report {

/// Nodes stand in their order. What a node reads from the one before it is an arrow between them,
/// what it reads from further up a line beside them. Requires at least one node.
Drawing graph_drawing(const std::string& title, const std::string& input_shape,
                      const std::vector<Node>& nodes);

}  // namespace floatsd::report
