#include "images/resize.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "floatsd/core/error.h"

namespace floatsd::images {
namespace {

constexpr int kFraction = 22;  // bits of a weight behind the point

/// One pixel of the result along an axis: the pixels of the original from `begin` on, by weights.
struct Tap {
  int64_t begin;
  std::vector<int32_t> weights;
};

/// How `from` pixels become `scaled`, of which the middle `kept` are wanted.
std::vector<Tap> taps(int64_t from, int64_t scaled, int64_t kept) {
  const double scale = static_cast<double>(from) / static_cast<double>(scaled);
  const double support = std::max(scale, 1.0);
  std::vector<Tap> taps;
  const int64_t first = (scaled - kept) / 2;
  for (int64_t x = first; x < first + kept; ++x) {
    const double center = (static_cast<double>(x) + 0.5) * scale;
    const int64_t begin = std::max<int64_t>(static_cast<int64_t>(center - support + 0.5), 0);
    const int64_t end = std::min(static_cast<int64_t>(center + support + 0.5), from);
    std::vector<double> triangle;
    double sum = 0;
    for (int64_t i = begin; i < end; ++i) {
      const double distance = (static_cast<double>(i) - center + 0.5) * (1.0 / support);
      triangle.push_back(std::max(0.0, 1.0 - std::abs(distance)));
      sum += triangle.back();
    }
    Tap tap{begin, {}};
    for (const double weight : triangle) {
      tap.weights.push_back(static_cast<int32_t>(0.5 + weight / sum * (1 << kFraction)));
    }
    taps.push_back(std::move(tap));
  }
  return taps;
}

/// The weighted sum of the pixels that lie `step` apart, as a byte.
uint8_t sum(const Tap& tap, const uint8_t* pixels, int64_t step) {
  int64_t sum = 1 << (kFraction - 1);
  const uint8_t* pixel = pixels + tap.begin * step;
  for (const int32_t weight : tap.weights) {
    sum += int64_t{weight} * *pixel;
    pixel += step;
  }
  return static_cast<uint8_t>(std::min<int64_t>(sum >> kFraction, 255));
}

/// The size of the whole image before the middle is cut out of it.
ImageSize covering(const ImageSize& from, const ImageSize& to) {
  if (to.height * from.width >= to.width * from.height) {
    return {to.height, from.width * to.height / from.height};
  }
  return {from.height * to.width / from.width, to.width};
}

/// What is the same for all images of a size.
struct Plan {
  ImageSize from, to;
  std::vector<Tap> along_rows, along_columns;
};

Plan make_plan(const ImageSize& from, const ImageSize& to) {
  const ImageSize whole = covering(from, to);
  return {from, to, taps(from.width, whole.width, to.width),
          taps(from.height, whole.height, to.height)};
}

/// One channel; `narrowed` is room for [from.height, to.width].
void resize_plane(const Plan& plan, const uint8_t* plane, std::vector<uint8_t>& narrowed,
                  uint8_t* result) {
  uint8_t* out = narrowed.data();
  for (int64_t y = 0; y < plan.from.height; ++y) {
    for (const Tap& tap : plan.along_rows) {
      *out++ = sum(tap, plane + y * plan.from.width, 1);
    }
  }
  for (const Tap& tap : plan.along_columns) {
    for (int64_t x = 0; x < plan.to.width; ++x) {
      *result++ = sum(tap, narrowed.data() + x, plan.to.width);
    }
  }
}

void resize_planes(const Plan& plan, std::span<const uint8_t> planes,
                   std::vector<uint8_t>& results) {
  const auto size = static_cast<size_t>(plan.from.height * plan.from.width);
  std::vector<uint8_t> narrowed(static_cast<size_t>(plan.from.height * plan.to.width));
  results.resize(planes.size() / size * static_cast<size_t>(plan.to.height * plan.to.width));
  uint8_t* result = results.data();
  for (size_t at = 0; at < planes.size(); at += size) {
    resize_plane(plan, planes.data() + at, narrowed, result);
    result += plan.to.height * plan.to.width;
  }
}

}  // namespace

ImageSize parse_size(const std::string& text) {
  constexpr int64_t kLongestSide = 4096;
  ImageSize size;
  const char* end = text.data() + text.size();
  const auto height = std::from_chars(text.data(), end, size.height);
  if (height.ec == std::errc() && height.ptr != end && *height.ptr == 'x') {
    const auto width = std::from_chars(height.ptr + 1, end, size.width);
    if (width.ec == std::errc() && width.ptr == end && std::min(size.height, size.width) >= 1 &&
        std::max(size.height, size.width) <= kLongestSide) {
      return size;
    }
  }
  throw Error("size '" + text + "', expected HEIGHTxWIDTH, as in 32x48, each side 1 to " +
              std::to_string(kLongestSide));
}

std::vector<uint8_t> resize(std::span<const uint8_t> image, int64_t channels, const ImageSize& from,
                            const ImageSize& to) {
  if (static_cast<int64_t>(image.size()) != channels * from.height * from.width) {
    throw Error("resize: " + std::to_string(image.size()) + " bytes, expected " +
                std::to_string(channels) + " x " + std::to_string(from.height) + " x " +
                std::to_string(from.width));
  }
  std::vector<uint8_t> result;
  resize_planes(make_plan(from, to), image, result);
  return result;
}

data::Dataset resize(data::Dataset dataset, const ImageSize& to) {
  const ImageSize from = {dataset.height, dataset.width};
  if (from == to || dataset.count == 0) {
    return dataset;
  }
  std::vector<uint8_t> images;
  resize_planes(make_plan(from, to), dataset.images, images);
  dataset.images = std::move(images);
  dataset.height = to.height;
  dataset.width = to.width;
  return dataset;
}

}  // namespace floatsd::images
