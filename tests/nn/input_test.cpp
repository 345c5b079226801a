#include "nn/input.h"

#include <ATen/ATen.h>

#include <vector>

#include "catch.h"
#include "floatsd/models/zoo.h"
#include "models/cifar10_input.h"

using namespace floatsd;

TEST_CASE("A code of LeNet's input is its byte", "[input]") {
  const nn::InputSpec spec = models::make_architecture("lenet").input();
  CHECK(nn::input_qparams(spec) == QParams{1.0F / 255, 0});
  const std::vector<uint8_t> table = nn::input_table(spec);
  REQUIRE(table.size() == 256);
  for (int byte = 0; byte < 256; ++byte) {
    CHECK(table[static_cast<size_t>(byte)] == byte);
  }
}

TEST_CASE("With powers of two LeNet's input has units of 1/256", "[input]") {
  nn::InputSpec spec = models::make_architecture("lenet").input();
  spec.scales = quant::ScaleGrid::kPowerOfTwo;
  CHECK(nn::input_qparams(spec) == QParams{1.0F / 256, 0});
  const std::vector<uint8_t> table = nn::input_table(spec);
  CHECK(table[127] == 127);  // 127.498
  CHECK(table[128] == 129);  // 128.502
  CHECK(table[254] == 255);  // 254.996
  CHECK(table[255] == 255);  // 256, saturated
}

TEST_CASE("Codes of CIFAR-10's input are as by hand", "[input]") {
  const nn::InputSpec spec = models::cifar10_input();
  // Smallest real value: red 0, -0.4914 / 0.2470; largest: green 255, 0.5178 / 0.2435.
  const QParams qparams = nn::input_qparams(spec);
  CHECK(qparams.scale == Approx((0.5178 / 0.2435 + 0.4914 / 0.2470) / 255).epsilon(1e-6));
  CHECK(qparams.zero_point == 123);  // 1.98947 / 0.0161410 = 123.26
  const std::vector<uint8_t> table = nn::input_table(spec);
  REQUIRE(table.size() == 3 * 256);
  const auto codes = [&](size_t channel) {
    return std::vector<int>{table[channel * 256], table[channel * 256 + 1],
                            table[channel * 256 + 128], table[channel * 256 + 255]};
  };
  CHECK(codes(0) == std::vector<int>{0, 1, 126, 251});    // -0.26, 0.73, 125.65, 250.57
  CHECK(codes(1) == std::vector<int>{0, 1, 128, 255});    // 0.31, 1.31, 128.03, 254.74
  CHECK(codes(2) == std::vector<int>{17, 18, 136, 254});  // 17.26, 18.19, 136.13, 254.08
}

TEST_CASE("A symmetric scheme puts the value 0 of CIFAR-10's input in the middle", "[input]") {
  nn::InputSpec spec = models::cifar10_input();
  spec.scheme = quant::ActivationScheme::kSymmetric;
  const QParams qparams = nn::input_qparams(spec);
  CHECK(qparams.zero_point == 128);
  CHECK(qparams.scale == Approx(2 * (0.5178 / 0.2435) / 255).epsilon(1e-4));  // 0.016678
  const std::vector<uint8_t> table = nn::input_table(spec);
  CHECK(table[0] == 9);            // red 0: -1.98947 is -119.28
  CHECK(table[256 + 255] == 255);  // green 255: 2.12649 is 127.5, saturated
}

TEST_CASE("Pixels become reals and codes, channel by channel", "[input]") {
  const nn::InputSpec spec{
      .channels = 2, .height = 1, .width = 2, .mean = {0.2F, 0.0F}, .deviation = {0.5F, 0.25F}};
  const at::Tensor pixels = at::tensor({0, 255, 51, 102, 255, 0, 204, 0}, at::kByte)
                                .reshape({2, 2, 1, 2});  // bytes are multiples of 1/5
  const ops::Signal reals = nn::input_reals(spec, pixels);
  CHECK_FALSE(reals.qparams);
  CHECK(at::allclose(reals.values.contiguous().flatten(),
                     at::tensor({-0.4F, 1.6F, 0.8F, 1.6F, 1.6F, -0.4F, 3.2F, 0.0F}), 1e-6, 1e-6));
  const ops::Signal codes = nn::input_codes(spec, pixels);
  REQUIRE(codes.qparams);
  CHECK(codes.qparams->zero_point == 23);  // 0.4 / (4.4 / 255) = 23.2
  CHECK(
      at::equal((ops::real_values(codes) / codes.qparams->scale).round(), ops::code_values(codes)));
  CHECK((ops::real_values(codes) - reals.values).abs().max().item<float>() <=
        0.5001F * codes.qparams->scale);
  for (const at::Tensor& signal : {reals.values, codes.codes.bytes}) {
    CHECK(signal.is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}
