#include "integer/grouped_convolution.h"

#include <algorithm>
#include <functional>

namespace floatsd::integer {
namespace {

ConvolutionShape part_of(ConvolutionShape shape) {
  shape.channels /= shape.groups;
  shape.out_channels /= shape.groups;
  shape.groups = 1;
  return shape;
}

/// Channels first ... first + count of an image of [pixels][channels].
void take_channels(std::span<const uint8_t> image, int64_t channels, int64_t first, int64_t count,
                   uint8_t* to) {
  for (const uint8_t* pixel = image.data(); pixel != image.data() + image.size();
       pixel += channels) {
    to = std::copy_n(pixel + first, count, to);
  }
}

}  // namespace

GroupedConvolution::GroupedConvolution(const ConvolutionShape& shape,
                                       std::span<const int16_t> levels, int32_t zero_point)
    : shape_(shape), part_(part_of(shape)) {
  const int64_t size = part_.out_channels * part_.row();
  for (int64_t g = 0; g < shape.groups; ++g) {
    groups_.push_back(
        std::make_unique<DenseConvolution>(part_, levels.subspan(g * size, size), zero_point));
  }
}

size_t GroupedConvolution::scratch_bytes() const {
  size_t of_a_group = 0;
  for (const auto& group : groups_) {
    of_a_group = std::max(of_a_group, group->scratch_bytes());
  }
  return Scratch::bytes<uint8_t>(part_.in_size()) +
         Scratch::bytes<int32_t>(shape_.out_pixels() * shape_.acc_stride()) + of_a_group;
}

void GroupedConvolution::run(std::span<const uint8_t> images, Scratch scratch,
                             const Visit& visit) const {
  const int64_t stride = shape_.acc_stride();
  const auto part = scratch.take<uint8_t>(part_.in_size());
  const auto sums = scratch.take<int32_t>(shape_.out_pixels() * stride);
  const auto in_size = static_cast<size_t>(shape_.in_size());
  for (size_t first = 0; first < images.size(); first += in_size) {
    for (int64_t g = 0; g < shape_.groups; ++g) {
      take_channels(images.subspan(first, in_size), shape_.channels, g * part_.channels,
                    part_.channels, part.data());
      int32_t* to = sums.data() + g * part_.out_channels;
      const auto place = [&](int64_t pixels, const int32_t* acc, int64_t acc_stride) {
        for (int64_t p = 0; p < pixels; ++p, to += stride) {
          std::copy_n(acc + p * acc_stride, part_.out_channels, to);
        }
      };
      groups_[g]->run(part, scratch, std::ref(place));  // a Visit holds a reference without memory
    }
    visit(shape_.out_pixels(), sums.data(), stride);
  }
}

}  // namespace floatsd::integer
