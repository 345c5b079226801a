#include "floatsd/emit/report.h"

#include "catch.h"

using namespace floatsd;
using emit::LayerReport;

namespace {

Requantize unit(size_t channels, QParams output) {
  return {.bias = std::vector<int32_t>(channels, -20),
          .multipliers = std::vector<FixedPoint>(channels, to_fixed_point(1.0)),
          .output = output};
}

/// A 1x1 FloatSD4 convolution of 2 channels to 2 and an int8 linear operator to one class.
runtime::Program two_layers() {
  const runtime::Conv2d conv{.weights = {.format = "floatsd4",
                                         .granularity = Granularity::kPerChannel,
                                         .shape = {2, 2, 1, 1},
                                         .levels = {1, -64, 0, 1},
                                         .scales = {0.5F, 0.25F}},
                             .requantize = unit(2, {0.5F, 3})};
  const runtime::Linear linear{
      .weights = {.format = "int8", .shape = {1, 2}, .levels = {-4, 7}, .scales = {2.0F}},
      .requantize = unit(1, {1.0F, 0})};
  return {.network = "two",
          .input_shape = {2, 1, 1},
          .input = {1.0F, 0},
          .ops = {{"conv", {runtime::kNetworkInput}, conv}, {"fc", {0}, linear}}};
}

LayerReport layer(size_t index) { return emit::report(two_layers()).at(index); }

}  // namespace

TEST_CASE("A report has an entry for each operator", "[report]") {
  REQUIRE(emit::report(two_layers()).size() == 2);
  CHECK(layer(0).name == "conv");
  CHECK(layer(0).kind == "conv2d");
  CHECK(layer(0).format == "floatsd4");
  CHECK(layer(0).granularity == Granularity::kPerChannel);
  CHECK(layer(0).shape == std::vector<int64_t>{2, 2, 1, 1});
  CHECK(layer(0).output == QParams{0.5F, 3});
  CHECK(layer(1).name == "fc");
  CHECK(layer(1).kind == "linear");
  CHECK(layer(1).granularity == Granularity::kPerTensor);
}

TEST_CASE("A histogram counts the levels that are used", "[report]") {
  CHECK(layer(0).histogram == std::map<int, int64_t>{{-64, 1}, {0, 1}, {1, 2}});
  CHECK(layer(0).format_levels == 15);
  CHECK(layer(1).histogram == std::map<int, int64_t>{{-4, 1}, {7, 1}});
  CHECK(layer(1).format_levels == 255);
}

TEST_CASE("Bytes are those of the packed weights and of 32 bits for every other number",
          "[report]") {
  CHECK(layer(0).bits == 4);
  CHECK(layer(0).weight_bytes == 2);
  CHECK(layer(0).other_bytes == 4 * (2 + 2 + 2 + 2));  // bias, multiplier, shift, scale
  CHECK(layer(1).bits == 8);
  CHECK(layer(1).weight_bytes == 2);
  CHECK(layer(1).other_bytes == 4 * (1 + 1 + 1 + 1));
}

TEST_CASE("Partial products are those of the worst level used", "[report]") {
  CHECK(layer(0).partial_products == 1);
  CHECK(layer(1).partial_products == 2);  // 7 = 8 - 1
}

TEST_CASE("Scales are given from the smallest to the largest", "[report]") {
  CHECK(layer(0).smallest_scale == 0.25F);
  CHECK(layer(0).largest_scale == 0.5F);
  CHECK(layer(1).smallest_scale == 2.0F);
  CHECK(layer(1).largest_scale == 2.0F);
}

TEST_CASE("An accumulator's bound counts the operator's own input codes", "[report]") {
  CHECK(layer(0).accumulator_bound == 65 * 255 + 20);
  CHECK(layer(1).accumulator_bound == 11 * (255 - 3) + 20);
}

TEST_CASE("A layer of zeros needs no partial product", "[report]") {
  runtime::Program program = two_layers();
  std::get<runtime::Linear>(program.ops[1].body).weights.levels = {0, 0};
  CHECK(emit::report(program)[1].partial_products == 0);
}
