// Integer convolutions against their definition, on every instruction set that this machine has.

#include "integer/convolution.h"

#include <array>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "catch.h"
#include "integer/dense_convolution.h"
#include "integer/depthwise_convolution.h"

using namespace floatsd;
using namespace floatsd::integer;

namespace {

using Codes = std::vector<uint8_t>;
using Levels = std::vector<int16_t>;

struct Named {
  std::string name;
  std::unique_ptr<const Convolution> convolution;
};

/// The shape's convolution by every kernel that could run it.
std::vector<Named> kernels(const ConvolutionShape& shape, const Levels& levels,
                           int32_t zero_point) {
  std::vector<Named> all;
  if (shape.groups > 1 && !shape.depthwise()) {
    all.push_back({"grouped", make_convolution(shape, levels, zero_point)});
    return all;
  }
  if (shape.depthwise()) {
    const std::span<const DepthwiseRowKernel> rows = depthwise_rows();
    for (size_t i = 0; i <= rows.size(); ++i) {
      const auto row = i < rows.size() ? rows.subspan(i, 1) : rows.subspan(i);
      all.push_back({row.empty() ? "words" : row.front().name,
                     std::make_unique<DepthwiseConvolution>(shape, levels, zero_point, row)});
    }
    return all;
  }
  Dot dots[kDots];
  const int count = available_dots(dots);
  for (int i = 0; i < count; ++i) {
    all.push_back(
        {dots[i].name, std::make_unique<DenseConvolution>(shape, levels, zero_point, dots[i])});
  }
  return all;
}

std::vector<int32_t> by_definition(const ConvolutionShape& s, const Levels& levels,
                                   int32_t zero_point, const Codes& images) {
  std::vector<int32_t> all;
  for (size_t n = 0; n < images.size(); n += s.in_size()) {
    for (int64_t y = 0; y < s.out_height(); ++y) {
      for (int64_t x = 0; x < s.out_width(); ++x) {
        for (int64_t o = 0; o < s.out_channels; ++o) {
          int64_t sum = 0;
          for (int64_t i = 0; i < s.row(); ++i) {
            const int64_t channels = s.channels / s.groups;
            const int64_t c = o / (s.out_channels / s.groups) * channels + i % channels;
            const int64_t tap = i / channels;
            const auto& [size, stride, padding, dilation, ceil_mode] = s.window;
            const int64_t iy = y * stride.height - padding.top + tap / size.width * dilation.height;
            const int64_t ix = x * stride.width - padding.left + tap % size.width * dilation.width;
            if (iy >= 0 && iy < s.height && ix >= 0 && ix < s.width) {
              const int code = images[n + (iy * s.width + ix) * s.channels + c];
              sum += int64_t{levels[o * s.row() + i]} * (code - zero_point);
            }
          }
          all.push_back(static_cast<int32_t>(sum));
        }
      }
    }
  }
  return all;
}

std::vector<int32_t> run(const Convolution& convolution, int64_t channels, const Codes& images) {
  ScratchMemory memory;
  std::vector<int32_t> all;
  const Scratch scratch = memory.at_least(convolution.scratch_bytes());
  convolution.run(images, scratch, [&](int64_t pixels, const int32_t* acc, int64_t stride) {
    CHECK(stride % kChannelsTogether == 0);
    for (int64_t p = 0; p < pixels; ++p, acc += stride) {
      all.insert(all.end(), acc, acc + channels);
    }
  });
  return all;
}

void check(const ConvolutionShape& shape, const Levels& levels, int32_t zero_point,
           const Codes& images) {
  CAPTURE(shape.height, shape.width, shape.channels, shape.out_channels, shape.groups,
          shape.window.size.height, shape.window.size.width, shape.window.stride.height,
          shape.window.stride.width, shape.window.padding.top, shape.window.padding.left,
          shape.window.dilation.height, shape.window.dilation.width, zero_point);
  const std::vector<int32_t> expected = by_definition(shape, levels, zero_point, images);
  for (const auto& [name, convolution] : kernels(shape, levels, zero_point)) {
    CAPTURE(name);
    CHECK((run(*convolution, shape.out_channels, images) == expected));
  }
}

struct Random {
  std::mt19937 engine{1};

  Levels levels(int64_t count, int largest) {
    std::uniform_int_distribution<int> level(-largest, largest);
    Levels all(count);
    for (int16_t& l : all) {
      l = static_cast<int16_t>(level(engine));
    }
    return all;
  }
  /// As trained ones of FloatSD4: powers of two and much 0.
  Levels powers(int64_t count) {
    Levels all(count);
    for (int16_t& l : all) {
      const int power = 1 << engine() % 7;
      l = static_cast<int16_t>(engine() % 3 != 0 ? 0 : engine() % 2 == 0 ? power : -power);
    }
    return all;
  }
  Codes codes(int64_t count) {
    Codes all(count);
    for (uint8_t& code : all) {
      code = static_cast<uint8_t>(engine());
    }
    return all;
  }
};

}  // namespace

TEST_CASE("A convolution equals its definition in every kernel", "[integer]") {
  Random random;
  const bool depthwise = GENERATE(false, true);
  const int64_t channels = GENERATE(1, 3, 16, 17, 36);
  const int kernel = GENERATE(1, 2, 3, 5);
  const int largest = GENERATE(8, 64, 127, 3584);  // INT4, FloatSD4, INT8, beyond a byte
  for (const int padding : {0, 1, 2}) {
    for (const int stride : {1, 2, 3}) {
      const ConvolutionShape shape{.height = 7,
                                   .width = 6,
                                   .channels = channels,
                                   .out_channels = depthwise ? channels : 18,
                                   .window = {kernel, stride, padding, 1},
                                   .groups = depthwise ? channels : 1};
      const int32_t zero_point = std::array{0, 7, 255}[random.engine() % 3];
      const Levels levels = random.levels(shape.out_channels * shape.row(), largest);
      check(shape, levels, zero_point, random.codes(3 * shape.in_size()));
    }
  }
}

TEST_CASE("Kernels that are not square are not turned", "[integer]") {
  Random random;
  const bool depthwise = GENERATE(false, true);
  for (const auto& [kernel_h, kernel_w] : {std::pair{1, 3}, {3, 1}, {2, 5}}) {
    const ConvolutionShape shape{.height = 6,
                                 .width = 7,
                                 .channels = 18,
                                 .out_channels = 18,
                                 .window = {.size = {kernel_h, kernel_w}, .padding = 1},
                                 .groups = depthwise ? 18 : 1};
    check(shape, random.levels(18 * shape.row(), 127), 9, random.codes(2 * shape.in_size()));
  }
}

TEST_CASE("Strides, dilation and padding differ from side to side, and groups are of any number",
          "[integer]") {
  Random random;
  const int64_t groups = GENERATE(1, 2, 3, 6, 18);
  const Extent size = GENERATE(values<Extent>({3, {1, 3}, {2, 4}}));
  const Extent stride = GENERATE(values<Extent>({1, {1, 2}, {3, 1}}));
  const Extent dilation = GENERATE(values<Extent>({1, {2, 1}, {1, 2}, 2}));
  for (const Padding& padding :
       {Padding(0), Padding(1), Padding(0, 1, 2, 3), Padding(2, 1, 0, 0), Padding(0, 2, 0, 1)}) {
    const ConvolutionShape shape{.height = 7,
                                 .width = 8,
                                 .channels = 18,
                                 .out_channels = 18,
                                 .window = {size, stride, padding, dilation},
                                 .groups = groups};
    const int largest = std::array{64, 127, 3584}[random.engine() % 3];
    check(shape, random.levels(18 * shape.row(), largest), 9, random.codes(2 * shape.in_size()));
  }
}

TEST_CASE("Few pixels and odd counts of images fill no vector", "[integer]") {
  Random random;
  const int64_t out_channels = GENERATE(33, 80);  // three and five blocks
  for (const int64_t images : {1, 2, 5, 9, 13}) {
    for (const auto& [height, width] : {std::pair{1, 1}, {1, 5}, {4, 4}}) {
      const ConvolutionShape shape{
          .height = height, .width = width, .channels = 5, .out_channels = out_channels};
      check(shape, random.levels(out_channels * 5, 127), 9, random.codes(images * shape.in_size()));
    }
  }
}

TEST_CASE("Levels that are mostly 0 go by twos in any order", "[integer]") {
  Random random;
  for (const int64_t channels : {4, 30, 64, 200}) {
    const ConvolutionShape shape{.height = 3, .width = 5, .channels = channels, .out_channels = 40};
    check(shape, random.powers(40 * channels), 9, random.codes(2 * shape.in_size()));
  }
}

TEST_CASE("The largest sums are exact", "[integer]") {
  const int32_t zero_point = GENERATE(0, 255);
  const int magnitude = GENERATE(127, 64, 32);  // one, two or four fill a 16-bit sum of products
  const auto level = static_cast<int16_t>(GENERATE(1, -1) * magnitude);
  const ConvolutionShape shape{.channels = 66000, .out_channels = 1};  // 127 * 255 * 66000 < 2^31
  check(shape, Levels(66000, level), zero_point, Codes(66000, zero_point == 0 ? 255 : 0));
}
