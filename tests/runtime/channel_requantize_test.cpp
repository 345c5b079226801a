// Vectorized requantization against its definition in core/fixed_point.h.

#include "runtime/kernels/channel_requantize.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "catch.h"

using namespace floatsd;
using runtime::kernels::ChannelRequantize;

namespace {

/// `channels` rounded up to what is requantized together.
size_t whole(size_t channels) {
  constexpr size_t kTogether = runtime::kernels::kChannelsTogether;
  return (channels + kTogether - 1) / kTogether * kTogether;
}

/// One after the other, pixels of so few channels, each filled up.
std::vector<int32_t> filled_up(const std::vector<int32_t>& acc, size_t channels) {
  std::vector<int32_t> result;
  for (auto pixel = acc.begin(); pixel != acc.end(); pixel += static_cast<long>(channels)) {
    result.insert(result.end(), pixel, pixel + static_cast<long>(channels));
    result.resize(result.size() + whole(channels) - channels, -12345);
  }
  return result;
}

/// Checks that all pixels' codes are those of floatsd::requantize, in every kernel; the
/// accumulators lie `stride` apart.
void check(const Requantize& by, const std::vector<int32_t>& acc, size_t stride) {
  const size_t channels = by.bias.size();
  const size_t pixels = acc.size() / stride;
  std::vector<uint8_t> expected;
  for (size_t p = 0; p < pixels; ++p) {
    for (size_t c = 0; c < channels; ++c) {
      expected.push_back(static_cast<uint8_t>(requantize(int64_t{acc[p * stride + c]} + by.bias[c],
                                                         by.multipliers[c], by.output.zero_point,
                                                         by.lower_code())));
    }
  }
  const size_t size = expected.size();
  expected.resize(size + 64, 77);  // what lies behind the codes stays as it is
  for (const auto& kernel : runtime::kernels::far_requantize_kernels()) {
    std::vector<uint8_t> found(expected.size(), 77);
    const uint8_t* end = ChannelRequantize(by, kernel)
                             .run(acc.data(), static_cast<int64_t>(stride),
                                  static_cast<int64_t>(pixels), found.data());
    CAPTURE(kernel.name, channels, stride, pixels, by.output.zero_point, by.relu);
    CHECK((found == expected));
    CHECK(end == found.data() + size);
  }
}

/// Accumulators whose codes are near the ends and between, and the largest there are.
int32_t accumulator(std::mt19937& random, const FixedPoint& by) {
  constexpr int32_t kLargest = std::numeric_limits<int32_t>::max() - 1000;
  if (random() % 8 == 0) {
    return random() % 2 == 0 ? kLargest : -kLargest;
  }
  const double unit = by.multiplier == 0 ? 1e6 : std::ldexp(1.0, by.shift) / by.multiplier;
  const double codes = std::uniform_real_distribution(-300.0, 300.0)(random);
  return static_cast<int32_t>(std::clamp(codes * unit, double{-kLargest}, double{kLargest}));
}

}  // namespace

TEST_CASE("Every shift requantizes as defined", "[channel_requantize]") {
  const int32_t shift = GENERATE(range(1, 48));
  const size_t channels = GENERATE(size_t{1}, size_t{16}, size_t{37}, size_t{64}, size_t{151});
  const int32_t zero_point = GENERATE(0, 7, 255);
  const bool relu = GENERATE(false, true);
  CAPTURE(shift);
  std::mt19937 random(static_cast<uint32_t>(shift));
  Requantize by{.output = {1.0F, zero_point}, .relu = relu};
  for (size_t c = 0; c < channels; ++c) {
    by.bias.push_back(static_cast<int32_t>(random() % 2000) - 1000);
    by.multipliers.push_back({static_cast<int32_t>((1U << 15) + random() % (1U << 15)), shift});
  }
  for (const size_t pixels : {1, 2, 3, 4, 13}) {
    const size_t stride = whole(channels) + random() % 2 * whole(1);
    std::vector<int32_t> acc(pixels * stride);
    for (size_t i = 0; i < acc.size(); ++i) {
      acc[i] = accumulator(random, by.multipliers[i % stride % channels]);
    }
    check(by, acc, stride);
  }
}

TEST_CASE("Halves are rounded up in every channel, below zero too", "[channel_requantize]") {
  const Requantize by{.bias = {0, 0, 0, 0},
                      .multipliers = std::vector<FixedPoint>(4, to_fixed_point(1.0 / 8)),
                      .output = {1.0F, 10}};
  const std::vector<int32_t> acc = filled_up({4, -4, 12, -12}, 4);
  for (const auto& kernel : runtime::kernels::far_requantize_kernels()) {
    CAPTURE(kernel.name);
    std::vector<uint8_t> codes(4);
    ChannelRequantize(by, kernel).run(acc.data(), whole(4), 1, codes.data());
    CHECK(codes == std::vector<uint8_t>{11, 10, 12, 9});
  }
}

TEST_CASE("Channels with near, far and no multipliers stand side by side", "[channel_requantize]") {
  const Requantize by{.bias = {5, 5, 5},
                      .multipliers = {to_fixed_point(2.0), to_fixed_point(0x1p-20), {}},
                      .output = {1.0F, 100}};
  check(by, filled_up({1, 1 << 22, 1 << 30, -40, -(1 << 22), -(1 << 30)}, 3), whole(3));
  const Requantize far{
      .bias = {5, 5}, .multipliers = {to_fixed_point(0x1p-20), {}}, .output = {1.0F, 100}};
  constexpr int32_t kLargest = std::numeric_limits<int32_t>::max() - 5;
  check(far, filled_up({1 << 22, kLargest, -(1 << 22), -kLargest}, 2), whole(2));
}
