#include "report/graph_drawing.h"

#include <algorithm>

#include "report/numbers.h"

namespace floatsd::report {
namespace {

constexpr double kGraphWidth = 360, kBoxWidth = 236, kBoxHeight = 36, kPitch = 54, kLeft = 8,
                 kTop = 8;
constexpr double kPadding = 10;

/// Between two rows, the network's input being row 0: the line runs in a lane beside the boxes.
struct Jump {
  int from = 0, to = 0;
  size_t lane = 0;
};

/// Lines that pass the same row get different lanes, the short ones the inner lanes.
std::vector<Jump> find_jumps(const std::vector<Node>& nodes) {
  std::vector<Jump> jumps;
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const int input : nodes[i].inputs) {
      if (input + 1 != static_cast<int>(i)) {
        jumps.push_back({input + 1, static_cast<int>(i) + 1});
      }
    }
  }
  std::stable_sort(jumps.begin(), jumps.end(),
                   [](const Jump& a, const Jump& b) { return a.to - a.from < b.to - b.from; });
  std::vector<std::vector<Jump>> lanes;
  for (Jump& jump : jumps) {
    const auto is_free = [&](const std::vector<Jump>& lane) {
      return std::none_of(lane.begin(), lane.end(), [&](const Jump& other) {
        return jump.from < other.to && other.from < jump.to;
      });
    };
    const auto lane = std::find_if(lanes.begin(), lanes.end(), is_free);
    jump.lane = static_cast<size_t>(lane - lanes.begin());
    if (lane == lanes.end()) {
      lanes.emplace_back();
    }
    lanes[jump.lane].push_back(jump);
  }
  return jumps;
}

double top_of(int row) { return kTop + row * kPitch; }

void draw_box(Drawing& drawing, int row, const std::string& name, const std::string& rest) {
  const double top = top_of(row);
  constexpr double kRoom = kBoxWidth - 2 * kPadding;
  drawing.rectangle({kLeft, top, kBoxWidth, kBoxHeight}, "box", {}, "rx=\"5\"");
  drawing.fitted_text({kLeft + kPadding, top + 15}, name, kRoom);
  drawing.fitted_text({kLeft + kPadding, top + 29}, rest, kRoom, {.classes = "soft", .size = 10});
}

void draw_arrow_head(Drawing& drawing, XY tip, double back_x, double back_y) {
  const auto point = [](double x, double y) { return coordinate(x) + " " + coordinate(y); };
  const double wide_x = back_y == 0 ? 0 : 3.5;
  const double wide_y = back_x == 0 ? 0 : 3.5;
  drawing.path("M" + point(tip.x, tip.y) + "L" +
                   point(tip.x + back_x + wide_x, tip.y + back_y + wide_y) + "L" +
                   point(tip.x + back_x - wide_x, tip.y + back_y - wide_y) + "Z",
               "mark s5");
}

void draw_step(Drawing& drawing, int row) {
  constexpr double kMiddle = kLeft + kBoxWidth / 2;
  const XY tip = {kMiddle, top_of(row + 1)};
  drawing.line({kMiddle, top_of(row) + kBoxHeight}, {kMiddle, tip.y - 4}, "line s5");
  draw_arrow_head(drawing, tip, 0, -6);
}

void draw_jump(Drawing& drawing, const Jump& jump, double lane_step) {
  constexpr double kEdgeOfBoxes = kLeft + kBoxWidth;
  const double out = kEdgeOfBoxes + 12 + static_cast<double>(jump.lane) * lane_step;
  const double from = top_of(jump.from) + 0.7 * kBoxHeight;
  const double to = top_of(jump.to) + 0.3 * kBoxHeight;
  const XY tip = {kEdgeOfBoxes, to};
  drawing.path("M" + coordinate(kEdgeOfBoxes) + " " + coordinate(from) + "H" + coordinate(out) +
                   "V" + coordinate(to) + "H" + coordinate(tip.x + 5),
               "line s0", "stroke-width=\"1.5\" stroke-linejoin=\"round\"");
  draw_arrow_head(drawing, tip, 6, 0);
}

}  // namespace

Drawing graph_drawing(const std::string& title, const std::string& input_shape,
                      const std::vector<Node>& nodes) {
  const std::vector<Jump> jumps = find_jumps(nodes);
  size_t lanes = 1;
  for (const Jump& jump : jumps) {
    lanes = std::max(lanes, jump.lane + 1);
  }
  const double lane_step =
      std::min(14.0, (kGraphWidth - kLeft - kBoxWidth - 18) / static_cast<double>(lanes));
  const int rows = static_cast<int>(nodes.size()) + 1;
  Drawing drawing(kGraphWidth, top_of(rows - 1) + kBoxHeight + kTop, title,
                  counted(static_cast<int64_t>(nodes.size()), "node") + " from top to bottom");
  for (const Jump& jump : jumps) {
    draw_jump(drawing, jump, lane_step);
  }
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::vector<int>& inputs = nodes[i].inputs;
    const int before = static_cast<int>(i) - 1;
    if (std::find(inputs.begin(), inputs.end(), before) != inputs.end()) {
      draw_step(drawing, static_cast<int>(i));
    }
  }
  draw_box(drawing, 0, "image", input_shape);
  for (size_t i = 0; i < nodes.size(); ++i) {
    draw_box(drawing, static_cast<int>(i) + 1, nodes[i].name,
             nodes[i].kind + "  " + nodes[i].shape);
  }
  return drawing;
}

}  // namespace floatsd::report
