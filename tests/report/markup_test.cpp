#include "report/markup.h"

#include <limits>

#include "catch.h"
#include "core/utf8.h"
#include "report/numbers.h"
#include "sample_reports.h"

using namespace floatsd::report;

TEST_CASE("A text that is too wide keeps its beginning and its end, in whole letters", "[report]") {
  CHECK(fitted("conv1", 12, 100) == "conv1");
  const std::string cut = fitted("features.denseblock4.denselayer16.conv2", 12, 100);
  CHECK(cut.starts_with("fe"));
  CHECK(cut.ends_with("conv2"));
  for (const std::string& name : hostile_names()) {
    for (const double width : {0.0, 10.0, 40.0, 100.0}) {
      const std::string text = fitted(name, 12, width);
      CHECK(floatsd::is_utf8(text));
      CHECK(text_width(text, 12) <= std::max(width, text_width("\xe2\x80\xa6", 12)));
    }
  }
  CHECK(shortened("\xe7\x8c\xab\xe7\x8c\xab\xe7\x8c\xab", 2) ==
        "\xe7\x8c\xab\xe7\x8c\xab\xe2\x80\xa6");
  CHECK(shortened("ab", 2) == "ab");
}

TEST_CASE("Numbers are written as people read them", "[report]") {
  CHECK(grouped(0) == "0");
  CHECK(grouped(-1234) == "-1,234");
  CHECK(grouped(1234567) == "1,234,567");
  CHECK(rounded(999) == "999");
  CHECK(rounded(1234) == "1.23 k");
  CHECK(rounded(999999) == "1.00 M");
  CHECK(rounded(45600000) == "45.6 M");
  CHECK(fixed(1.005, 1) == "1.0");
  CHECK(fixed(std::numeric_limits<double>::infinity(), 1) == "\xe2\x88\x9e");
  CHECK(fixed(std::numeric_limits<double>::quiet_NaN(), 1) == "\xe2\x80\x93");
  CHECK(decibels(std::nullopt) == "\xe2\x80\x93");
  CHECK(percent_of(0.0125) == "1.25 %");
  CHECK(coordinate(-0.01) == "0");
  CHECK(coordinate(12.34) == "12.3");
  CHECK(counted(1, "image") == "1 image");
  CHECK(counted(2000, "image") == "2,000 images");
}
