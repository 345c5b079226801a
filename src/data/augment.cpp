#include "floatsd/data/augment.h"

#include <algorithm>
#include <cstdlib>
#include <random>
#include <string>

#include "data/random.h"
#include "floatsd/core/error.h"

namespace floatsd::data {
namespace {

/// One channel of an image.
struct Plane {
  uint8_t* pixels;
  int64_t height;
  int64_t width;

  [[nodiscard]] std::span<uint8_t> row(int64_t y) const {
    return {pixels + y * width, static_cast<size_t>(width)};
  }
};

/// row[x] = from[x + left], zero if that lies outside. `row` may be `from` where left is not 0.
void shift_row(std::span<const uint8_t> from, int64_t left, std::span<uint8_t> row) {
  const auto width = static_cast<int64_t>(row.size());
  const int64_t kept = std::max<int64_t>(0, width - std::abs(left));
  if (left >= 0) {
    std::copy(from.end() - kept, from.end(), row.begin());
    std::fill(row.begin() + kept, row.end(), uint8_t{0});
  } else {
    std::copy_backward(from.begin(), from.begin() + kept, row.end());
    std::fill(row.begin(), row.end() - kept, uint8_t{0});
  }
}

void crop(const Plane& plane, int64_t top, int64_t left) {
  if (top == 0 && left == 0) {
    return;
  }
  for (int64_t i = 0; i < plane.height; ++i) {
    const int64_t y = top >= 0 ? i : plane.height - 1 - i;  // a row is read before it is written
    const int64_t from = y + top;
    if (from < 0 || from >= plane.height) {
      std::ranges::fill(plane.row(y), uint8_t{0});
    } else {
      shift_row(plane.row(from), left, plane.row(y));
    }
  }
}

void mirror(const Plane& plane) {
  for (int64_t y = 0; y < plane.height; ++y) {
    std::ranges::reverse(plane.row(y));
  }
}

void cut(const Plane& plane, const Rectangle& cutout) {
  for (int64_t y = cutout.top; y < cutout.bottom; ++y) {
    std::fill(plane.row(y).begin() + cutout.left, plane.row(y).begin() + cutout.right, uint8_t{0});
  }
}

int64_t draw_below(int64_t bound, std::mt19937_64& random) {
  return static_cast<int64_t>(below(static_cast<uint64_t>(bound), random));
}

}  // namespace

void check(const Augment& augment) {
  if (augment.crop_padding < 0) {
    throw Error("crop-padding: " + std::to_string(augment.crop_padding) + ", expected 0 or more");
  }
  if (augment.cutout < 0) {
    throw Error("cutout: " + std::to_string(augment.cutout) + ", expected 0 or more");
  }
}

void check(const Augment& augment, const ImageShape& shape) {
  check(augment);
  const int64_t side = std::min(shape.height, shape.width);
  const auto refuse = [side](const std::string& what, int found) {
    throw Error(what + ": " + std::to_string(found) + ", expected at most " + std::to_string(side) +
                ", a side of the images");
  };
  if (augment.crop_padding > side) {
    refuse("crop-padding", augment.crop_padding);
  }
  if (augment.cutout > side) {
    refuse("cutout", augment.cutout);
  }
}

Distortion draw_distortion(const Augment& augment, const ImageShape& shape, uint64_t seed,
                           int64_t epoch, int64_t index) {
  std::mt19937_64 random =
      generator({seed, static_cast<uint64_t>(epoch), static_cast<uint64_t>(index)});
  const int64_t padding = augment.crop_padding;
  Distortion drawn;
  drawn.top = draw_below(2 * padding + 1, random) - padding;
  drawn.left = draw_below(2 * padding + 1, random) - padding;
  drawn.mirrored = draw_below(2, random) == 1 && augment.flip;
  const int64_t top = draw_below(shape.height, random) - augment.cutout / 2;
  const int64_t left = draw_below(shape.width, random) - augment.cutout / 2;
  if (augment.cutout > 0) {
    drawn.cutout = {.top = std::max<int64_t>(0, top),
                    .left = std::max<int64_t>(0, left),
                    .bottom = std::min(shape.height, top + augment.cutout),
                    .right = std::min(shape.width, left + augment.cutout)};
  }
  return drawn;
}

void distort(std::span<uint8_t> image, const ImageShape& shape, const Distortion& distortion) {
  const int64_t plane_size = shape.height * shape.width;
  if (static_cast<int64_t>(image.size()) != shape.channels * plane_size) {
    throw Error("augment: an image of " + std::to_string(image.size()) + " bytes, expected " +
                std::to_string(shape.channels * plane_size));
  }
  for (int64_t channel = 0; channel < shape.channels; ++channel) {
    const Plane plane = {image.data() + channel * plane_size, shape.height, shape.width};
    crop(plane, distortion.top, distortion.left);
    if (distortion.mirrored) {
      mirror(plane);
    }
    cut(plane, distortion.cutout);
  }
}

}  // namespace floatsd::data
