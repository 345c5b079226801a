#include "core/markup.h"

#include "catch.h"

using floatsd::as_markup;

TEST_CASE("Markup in a text is escaped", "[markup]") {
  CHECK(as_markup("<b a=\"1\" b='2'>&amp;") == "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;amp;");
  CHECK(as_markup("\xe7\x8c\xab \xc3\xa9") == "\xe7\x8c\xab \xc3\xa9");
}

TEST_CASE("What is no UTF-8 and what XML forbids is replaced", "[markup]") {
  CHECK(as_markup("a\xff\x01z") == "a\xef\xbf\xbd\xef\xbf\xbdz");
  CHECK(as_markup("\xe7\x8c") == "\xef\xbf\xbd\xef\xbf\xbd");
  CHECK(as_markup("\xef\xbf\xbf") == "\xef\xbf\xbd");
  CHECK(as_markup("a\n\tb") == "a\n\tb");
}
