#include <ATen/ATen.h>

#include <cmath>
#include <vector>

#include "catch.h"
#include "floatsd/core/requantize.h"
#include "ops/fake_quantize.h"
#include "ops/range.h"
#include "ops/reference.h"

using namespace floatsd;

TEST_CASE("Every pair of codes is added as the definition says, by kernel and reference", "[sum]") {
  struct Case {
    std::array<float, 2> scales;
    QParams output;
  };
  const std::vector<Case> cases = {
      {{0.5F, 0.5F}, {0.5F, 0}},      {{0.5F, 0.25F}, {0.5F, 128}}, {{0.02F, 0.07F}, {0.05F, 255}},
      {{1.0F, 1e-3F}, {1.5F, 17}},    {{1.0F, 1e-7F}, {1.0F, 100}},  // b is too fine to count
      {{8000.0F, 1.0F}, {1.0F, 128}}, {{1e-6F, 2e-6F}, {1.0F, 3}},   // too fine for one step
      {{1e-12F, 1e-12F}, {1.0F, 200}}};                              // multipliers of 0
  // Row i: every code of an input whose zero point is 96, column j of one whose is 200.
  const at::Tensor a = (at::arange(256).reshape({256, 1}) - 96).expand({256, 256}).to(at::kFloat);
  const at::Tensor b = (at::arange(256).reshape({1, 256}) - 200).expand({256, 256}).to(at::kFloat);
  for (const Case& c : cases) {
    for (const bool relu : {false, true}) {
      AddRequantize by = choose_add_requantize(c.scales, c.output);
      by.relu = relu;
      INFO("scales " << c.scales[0] << ", " << c.scales[1] << " to " << c.output.scale
                     << (relu ? " with" : " without") << " ReLU");
      const at::Tensor codes = ops::quantize_sum(a, b, by);
      REQUIRE(at::equal(codes, ops::reference::sum_codes(a, b, by).first));
      const auto code = codes.accessor<float, 2>();
      int64_t different = 0;
      for (int i = 0; i < 256; ++i) {
        for (int j = 0; j < 256; ++j) {
          const int32_t expected = add_codes(i - 96, j - 200, by) - c.output.zero_point;
          different += code[i][j] != static_cast<float>(expected) ? 1 : 0;
        }
      }
      CHECK(different == 0);
    }
  }
}

TEST_CASE("A sum's gradient is each input's ratio inside and 0 where the code was clamped",
          "[sum]") {
  // Ratios 1 and 1/2, zero point 10: codes less it lie in -10..245.
  const auto gradients = [](bool relu) {
    const AddRequantize by{
        .multipliers = {1 << 15, 1 << 14}, .shift = 15, .output = {1.0F, 10}, .relu = relu};
    const at::Tensor a = at::tensor({-10.0F, -11.0F, 0.0F, 1.0F, 245.0F, 246.0F}).reshape({1, 6});
    const at::Tensor b = at::tensor({-1.0F, 0.0F, 0.0F, -1.0F, 0.0F, 0.0F}).reshape({1, 6});
    const at::Tensor left = a.requires_grad_();
    const at::Tensor right = b.requires_grad_();
    ops::quantize_sum(left, right, by).sum().backward();
    return std::pair{left.grad().flatten(), right.grad().flatten()};
  };
  // -10.5 rounds up to -10, which is a code.
  const at::Tensor inside = at::tensor({1.0F, 0.0F, 1.0F, 1.0F, 1.0F, 0.0F});
  CHECK(at::equal(gradients(false).first, inside));
  CHECK(at::equal(gradients(false).second, inside * 0.5));
  const at::Tensor positive = at::tensor({0.0F, 0.0F, 0.0F, 1.0F, 1.0F, 0.0F});
  CHECK(at::equal(gradients(true).first, positive));
  CHECK(at::equal(gradients(true).second, positive * 0.5));
}

TEST_CASE("A sum's gradients equal the reference's mask times the ratios", "[sum]") {
  const at::Tensor a = (at::randint(0, 256, {2, 5, 3, 7}) - 40).to(at::kFloat).requires_grad_();
  const at::Tensor b = (at::randint(0, 256, {2, 5, 3, 7}) - 90).to(at::kFloat).requires_grad_();
  const at::Tensor upstream = at::randn({2, 5, 3, 7});
  const AddRequantize by = choose_add_requantize({0.03F, 0.05F}, {0.04F, 60});
  ops::quantize_sum(a, b, by).backward(upstream);
  const at::Tensor passed = upstream * ops::reference::sum_codes(a, b, by).second;
  CHECK(passed.ne(0).sum().item<int64_t>() > 0);
  CHECK(at::equal(a.grad(), passed * std::ldexp(by.multipliers[0], -by.shift)));
  CHECK(at::equal(b.grad(), passed * std::ldexp(by.multipliers[1], -by.shift)));
}

TEST_CASE("The range of a sum is that of its real values, in every shape", "[sum]") {
  for (const std::vector<int64_t>& shape : std::vector<std::vector<int64_t>>{
           {1, 1}, {1, 15}, {1, 16}, {3, 17}, {2, 5, 7, 3}, {4, 33, 16, 17}}) {
    const at::Tensor a = at::randint(-30, 226, shape, at::kFloat);
    const at::Tensor b = at::randint(-200, 56, shape, at::kFloat);
    const at::Tensor sum = a * 0.5F + b * 0.25F;  // exact
    const ops::Range range = ops::sum_range(a, b, {0.5F, 0.25F});
    CHECK(range.min == std::vector<float>{sum.min().item<float>()});
    CHECK(range.max == std::vector<float>{sum.max().item<float>()});
  }
}
