#include "core/utf8.h"

#include <string>
#include <string_view>

#include "catch.h"

using floatsd::is_utf8;

TEST_CASE("Texts in UTF-8 are told from others", "[core]") {
  for (const std::string_view text :
       {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xef\xbf\xbf", "\xed\x9f\xbf",
        "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "runs/\xc3\xa4\xe2\x82\xac"}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
  }
  CHECK(is_utf8(std::string_view("\0", 1)));
  for (const std::string_view text :
       {"\x80", "\xff", "a\xe9", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82", "\xc3",
        "\xe2\x28\xa1", "\xf0\x9f\x98"}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
  }
}
