#include "check/reports.h"

#include <string>

#include "catch.h"

using namespace floatsd::check;
using Catch::Contains;

namespace {

Comparison comparison(const std::string& fallen) {
  return {.rows = {{.name = "accuracy", .before = "98.00 %", .now = "98.00 %"},
                   {.name = "bytes",
                    .before = "10",
                    .now = "9",
                    .change = "-1",
                    .tolerance = "0",
                    .outcome = Outcome::kBetter},
                   {.name = fallen,
                    .before = "5",
                    .now = "",
                    .tolerance = "20 %",
                    .outcome = Outcome::kFell}}};
}

}  // namespace

TEST_CASE("JUnit has a case for each measure, and a failure for what fell", "[reports]") {
  const std::string text = junit(comparison("bounds: conv1"), "m.safetensors");
  CHECK_THAT(text, Contains("<testsuite name=\"m.safetensors\" tests=\"3\" failures=\"1\""));
  CHECK_THAT(text, Contains("name=\"accuracy\" time=\"0\"/>"));
  CHECK_THAT(text,
             Contains("<failure type=\"fell\" message=\"bounds: conv1: 5 in the baseline, now "
                      "none, tolerance 20 %\"/>"));
}

TEST_CASE("JUnit shows names with markup and control characters as text", "[reports]") {
  const std::string text = junit(comparison("<a & \"b\">\n\x1b\xEF\xBF\xBF"), "]]>&");
  CHECK_THAT(text, Contains("name=\"&lt;a &amp; &quot;b&quot;&gt;\\x0a\\x1b\xEF\xBF\xBD\""));
  CHECK_THAT(text, Contains("<testsuite name=\"]]&gt;&amp;\""));
}

TEST_CASE("Markdown has a table of what moved", "[reports]") {
  const std::string text = markdown(comparison("bounds: conv1"), "m.safetensors");
  CHECK_THAT(text, Contains("1 of 3 measures as in the baseline, 1 better, 1 fell."));
  CHECK_THAT(text, Contains("\n| bytes | 10 | 9 | -1 | 0 | better |\n"));
  CHECK_THAT(text, Contains("\n| bounds: conv1 | 5 | none |  | 20 % | **fell** |\n"));
  CHECK_THAT(text, !Contains("| accuracy"));
}

TEST_CASE("Markdown shows names with markup as text, on one line", "[reports]") {
  const std::string text = markdown(comparison("a|b\n<c> `d`"), "x");
  CHECK_THAT(text, Contains(R"(| a\|b\x0a\<c\> \`d\` |)"));
}

TEST_CASE("Without a baseline no report says that something is as in one", "[reports]") {
  const Comparison first{.rows = {{.name = "bytes", .now = "9", .outcome = Outcome::kNew}}};
  CHECK(summary(first) == "1 measure, not compared with a baseline");
  CHECK_THAT(markdown(first, "x"), Contains("| bytes | none | 9 |  |  | new |"));
  CHECK_THAT(junit(first, "x"), Contains("failures=\"0\""));
}

TEST_CASE("JUnit is UTF-8 whatever a name is", "[reports]") {
  CHECK_THAT(junit(comparison("a\xff"), "x"), Contains("name=\"a\xEF\xBF\xBD\""));
}

TEST_CASE("Without anything moved Markdown has no table", "[reports]") {
  const std::string text = markdown({.rows = {{.name = "accuracy"}}}, "x");
  CHECK_THAT(text, Contains("1 of 1 measure as in the baseline.") && !Contains("|"));
}
