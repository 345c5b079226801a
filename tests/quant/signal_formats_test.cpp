#include "floatsd/quant/signal_formats.h"

#include "catch.h"
#include "floatsd/core/error.h"

using namespace floatsd;

TEST_CASE("Signal formats are named", "[signals]") {
  CHECK(quant::parse_signal_format("float32") == nullptr);
  CHECK(quant::to_string(quant::parse_signal_format("fp8-e5m2")) == "fp8-e5m2");
  CHECK_THROWS_AS(quant::parse_signal_format("fp16"), Error);
}
