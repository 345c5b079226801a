#include <algorithm>
#include <limits>

#include "catch.h"
#include "report/axis.h"
#include "report/bar_chart.h"
#include "report/graph_drawing.h"
#include "report/heat_map.h"
#include "report/histogram.h"
#include "report/line_chart.h"

using namespace floatsd::report;

namespace {

int count(const std::string& text, const std::string& part) {
  int found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++found;
  }
  return found;
}

std::vector<std::string> texts_of(const std::vector<Tick>& ticks) {
  std::vector<std::string> texts;
  for (const Tick& tick : ticks) {
    texts.push_back(tick.text);
  }
  return texts;
}

}  // namespace

TEST_CASE("Ticks are round numbers inside the range", "[report]") {
  CHECK(texts_of(ticks({0, 1})) ==
        std::vector<std::string>{"0.0", "0.2", "0.4", "0.6", "0.8", "1.0"});
  CHECK(texts_of(ticks({97.2, 99.1})) == std::vector<std::string>{"97.5", "98.0", "98.5", "99.0"});
  CHECK(texts_of(ticks({1e-6, 4e-6})).front() == "1e-06");
  CHECK(texts_of(whole_ticks({0.5, 4.5}, 8)) == std::vector<std::string>{"1", "2", "3", "4"});
  CHECK(whole_ticks({0.5, 200.5}, 8).size() <= 12);
}

TEST_CASE("A range of one number or of none can be drawn on", "[report]") {
  for (const Interval& interval : {Interval{3, 3}, Interval{0, 0}, Interval{}}) {
    const Interval wide = widened(interval);
    CHECK(wide.low < wide.high);
    CHECK(!ticks(wide).empty());
  }
}

TEST_CASE("Thinning keeps the smallest and the largest of each stretch", "[report]") {
  std::vector<XY> points;
  for (int i = 0; i < 1000; ++i) {
    points.push_back({double(i), i == 503 ? 100.0 : i == 7 ? -5.0 : 1.0});
  }
  const std::vector<XY> few = thinned(points, 40);
  CHECK(few.size() <= 40);
  CHECK(std::is_sorted(few.begin(), few.end(), [](XY a, XY b) { return a.x < b.x; }));
  const auto has = [&](double y) {
    return std::any_of(few.begin(), few.end(), [&](XY point) { return point.y == y; });
  };
  CHECK(has(100));
  CHECK(has(-5));
  CHECK(thinned(points, 1000).size() == 1000);
}

TEST_CASE("A line leaves out what is not finite, and a single point is a dot", "[report]") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::string one =
      line_chart({"loss", "epoch", {{"loss", {{1, 2.0}, {2, nan}, {3, -1e308}}}}, {}}).svg();
  CHECK(count(one, "<circle") == 1);
  CHECK(count(one, "nan") == 0);
  const std::string many =
      line_chart({"loss", "epoch", {{"a", {{1, 2}, {2, 1}}}, {"b", {{1, 1}, {2, 3}}}}, {}}).svg();
  CHECK(count(many, "<path") == 2);
  CHECK(count(many, "line s0") == 1);
  CHECK(count(many, "line s1") == 1);
}

TEST_CASE("A histogram has a column for each level that is used", "[report]") {
  const std::string chart =
      histogram({"weights", "weights", {-2, -1, 0, 1, 2}, {1, 0, 50, 48, 1}, 0, {}}).svg();
  CHECK(count(chart, "<rect") == 4);
  CHECK(chart.find("<title>1: 48 weights, 48.00 %</title>") != std::string::npos);
  CHECK(chart.find("<title>-1:") == std::string::npos);
  std::vector<int> values(255);
  for (int i = 0; i < 255; ++i) {
    values[static_cast<size_t>(i)] = i - 127;
  }
  const std::string outline =
      histogram({"int8", "weights", values, std::vector<int64_t>(255, 2), 0, 0}).svg();
  CHECK(count(outline, "<rect") == 0);
  CHECK(count(outline, "class=\"mark s0\"") == 1);
}

TEST_CASE("Bars are as long as their numbers, and none is longer than its room", "[report]") {
  const std::string chart =
      bar_chart({"t", {{"a", {1}, "1"}, {"b", {2, 2}, "4"}, {"c", {-3}, "-3"}}}).svg();
  CHECK(count(chart, "<rect") == 4);
  CHECK(count(chart, "width=\"0\"") == 1);
  CHECK(count(chart, "class=\"mark s1\"") == 1);
  CHECK(count(bar_chart({"t", {{"a", {0}, "0"}}}).svg(), "nan") == 0);
}

TEST_CASE("A heat map has a cell for each pair that occurs", "[report]") {
  const HeatMap map{"t", {"cat", "dog"}, {{{0, 0}, 3}, {{0, 1}, 1}, {{1, 1}, 4}}};
  const std::string chart = heat_map(map).svg();
  CHECK(count(chart, "fill-opacity") == 3);
  CHECK(chart.find("cat, answered dog: 1 (25.00 %)") != std::string::npos);
}

TEST_CASE("In a drawn network what skips nodes goes beside them", "[report]") {
  const std::vector<Node> nodes = {{"stem", "conv2d", "[8, 4, 4]", {-1}},
                                   {"body", "conv2d", "[8, 4, 4]", {0}},
                                   {"sum", "add", "[8, 4, 4]", {1, 0}}};
  const std::string chart = graph_drawing("t", "[1, 4, 4]", nodes).svg();
  CHECK(count(chart, "class=\"box\"") == 4);      // the image and the nodes
  CHECK(count(chart, "class=\"line s5\"") == 3);  // steps
  CHECK(count(chart, "class=\"line s0\"") == 1);  // stem to sum
}

TEST_CASE("A picture of its own has a ground and colours for light and dark", "[report]") {
  const std::string file = bar_chart({"a <title>", {{"a", {1}, "1"}}}).file();
  CHECK(file.starts_with("<svg xmlns"));
  CHECK(file.find("class=\"paper\"") != std::string::npos);
  CHECK(file.find("prefers-color-scheme:dark") != std::string::npos);
  CHECK(file.find("<title>a &lt;title&gt;</title>") != std::string::npos);
  CHECK(file.find("var(") == std::string::npos);
}
