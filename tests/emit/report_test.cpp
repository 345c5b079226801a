#include "floatsd/emit/report.h"

#include "catch.h"
#include "nn/layer.h"

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
  CHECK(layer(0).weights->format == "floatsd4");
  CHECK(layer(0).weights->granularity == Granularity::kPerChannel);
  CHECK(layer(0).weights->shape == std::vector<int64_t>{2, 2, 1, 1});
  CHECK(layer(0).output == QParams{0.5F, 3});
  CHECK(layer(1).name == "fc");
  CHECK(layer(1).kind == "linear");
  CHECK(layer(1).weights->granularity == Granularity::kPerTensor);
}

TEST_CASE("A histogram counts the levels that are used", "[report]") {
  CHECK(layer(0).weights->histogram == std::map<int, int64_t>{{-64, 1}, {0, 1}, {1, 2}});
  CHECK(layer(0).weights->format_levels == 15);
  CHECK(layer(1).weights->histogram == std::map<int, int64_t>{{-4, 1}, {7, 1}});
  CHECK(layer(1).weights->format_levels == 255);
}

TEST_CASE("Bytes are those of the packed weights and of 32 bits for every other number",
          "[report]") {
  CHECK(layer(0).weights->bits == 4);
  CHECK(layer(0).weights->bytes == 2);
  CHECK(layer(0).other_bytes == 4 * (2 + 2 + 2 + 2));  // bias, multiplier, shift, scale
  CHECK(layer(1).weights->bits == 8);
  CHECK(layer(1).weights->bytes == 2);
  CHECK(layer(1).other_bytes == 4 * (1 + 1 + 1 + 1));
}

TEST_CASE("Partial products are those of the worst level used", "[report]") {
  CHECK(layer(0).weights->partial_products == 1);
  CHECK(layer(1).weights->partial_products == 2);  // 7 = 8 - 1
}

TEST_CASE("Scales are given from the smallest to the largest", "[report]") {
  CHECK(layer(0).weights->smallest_scale == 0.25F);
  CHECK(layer(0).weights->largest_scale == 0.5F);
  CHECK(layer(1).weights->smallest_scale == 2.0F);
  CHECK(layer(1).weights->largest_scale == 2.0F);
}

TEST_CASE("An accumulator's bound counts the operator's own input codes", "[report]") {
  CHECK(layer(0).accumulator_bound == 65 * 255 + 20);
  CHECK(layer(1).accumulator_bound == 11 * (255 - 3) + 20);
}

TEST_CASE("A multiplier that is no power of two costs a multiplication an output code",
          "[report]") {
  CHECK(layer(0).multiplications == 0);
  runtime::Program program = two_layers();
  program.input_shape = {2, 3, 5};
  auto& conv = std::get<runtime::Conv2d>(program.ops[0].body);
  conv.requantize.multipliers[1] = to_fixed_point(0.75);
  program.ops.pop_back();
  CHECK(emit::report(program)[0].multiplications == 15);  // of one channel
  conv.requantize.multipliers[0] = FixedPoint{};
  CHECK(emit::report(program)[0].multiplications == 15);
}

TEST_CASE("A sum multiplies twice a code, a mean once, unless they shift", "[report]") {
  runtime::Program program = two_layers();
  program.input_shape = {2, 3, 5};
  const auto multiplications = [&](const auto& body, std::vector<int> inputs) {
    program.ops = {{"op", std::move(inputs), body}};
    return emit::report(program)[0].multiplications;
  };
  const auto sum = [&](float a, float b) {
    return multiplications(runtime::Add{choose_add_requantize({a, b}, {2.0F, 9})},
                           {runtime::kNetworkInput, runtime::kNetworkInput});
  };
  CHECK(sum(1.0F, 0.25F) == 0);
  CHECK(sum(1.0F, 0.3F) == 30);
  CHECK(sum(0.6F, 0.3F) == 60);
  const auto mean = [&](int64_t pixels) {
    return multiplications(
        runtime::GlobalAveragePool{.multiplier = average_multiplier(2.0F, pixels, 4.0F),
                                   .output = {4.0F, 3}},
        {runtime::kNetworkInput});
  };
  CHECK(mean(15) == 2);  // no power of two divides by 15
  CHECK(mean(16) == 0);
}

TEST_CASE("A layer of zeros needs no partial product", "[report]") {
  runtime::Program program = two_layers();
  std::get<runtime::Linear>(program.ops[1].body).weights.levels = {0, 0};
  CHECK(emit::report(program)[1].weights->partial_products == 0);
}

TEST_CASE("Sums, means and copies are reported without weights", "[report]") {
  runtime::Program program = two_layers();
  program.ops = {{"sum",
                  {runtime::kNetworkInput, runtime::kNetworkInput},
                  runtime::Add{choose_add_requantize({1.0F, 1.0F}, {2.0F, 9})}},
                 {"copy", {0}, runtime::Downsample{.stride = 2}},
                 {"pool",
                  {1},
                  runtime::GlobalAveragePool{.multiplier = average_multiplier(2.0F, 1, 4.0F),
                                             .output = {4.0F, 3}}}};
  const std::vector<LayerReport> layers = emit::report(program);
  REQUIRE(layers.size() == 3);
  for (const LayerReport& layer : layers) {
    CHECK_FALSE(layer.weights);
  }
  CHECK(layers[0].kind == "add");
  CHECK(layers[1].kind == "downsample");
  CHECK(layers[2].kind == "global_average_pool");
  CHECK(layers[0].output == QParams{2.0F, 9});
  CHECK(layers[1].output == QParams{2.0F, 9});
  CHECK(layers[2].output == QParams{4.0F, 3});
  CHECK(layers[0].other_bytes == 4 * 3);  // two multipliers, one shift
  CHECK(layers[1].other_bytes == 0);
  CHECK(layers[2].other_bytes == 4 * 2);
  CHECK(layers[0].accumulator_bound == 2 * 255 * (1 << 15));
  CHECK(layers[1].accumulator_bound == 0);
  CHECK(layers[2].accumulator_bound == 246);
}

TEST_CASE("An accumulator of 2^24 is beyond float32, one below is not", "[report]") {
  CHECK_FALSE(LayerReport{.accumulator_bound = (1 << 24) - 1}.beyond_float32());
  CHECK(LayerReport{.accumulator_bound = 1 << 24}.beyond_float32());
}

TEST_CASE("A network's totals are its layers' sums, and the input table", "[report]") {
  runtime::Program program = two_layers();
  program.input_table.resize(512);
  const std::vector<LayerReport> layers = emit::report(program);
  const emit::Totals totals = emit::totals(program, layers);
  CHECK(totals.weights == 6);
  CHECK(totals.bytes == 512 + layers[0].weights->bytes + layers[0].other_bytes +
                            layers[1].weights->bytes + layers[1].other_bytes);
  CHECK(totals.multiplications == layers[0].multiplications + layers[1].multiplications);
}
