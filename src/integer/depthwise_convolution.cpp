#include "integer/depthwise_convolution.h"

#include <algorithm>
#include <cstring>
#include <numeric>

#include "core/vectorize.h"
#include "integer/fits_byte.h"

namespace floatsd::integer {
namespace {

/// acc = the sum over a 3x3 window, the size that networks have, in one pass over the channels.
FLOATSD_VECTORIZED
void sum_three_by_three(const int16_t* __restrict x, int64_t line, int64_t channels,
                        const int16_t* __restrict w, int32_t* __restrict acc) {
  const int64_t n = channels;
  for (int64_t c = 0; c < n; ++c) {
    const int16_t* x0 = x + c;
    const int16_t* x1 = x0 + line;
    const int16_t* x2 = x1 + line;
    const int16_t* v = w + c;
    acc[c] = x0[0] * v[0] + x0[n] * v[n] + x0[2 * n] * v[2 * n] + x1[0] * v[3 * n] +
             x1[n] * v[4 * n] + x1[2 * n] * v[5 * n] + x2[0] * v[6 * n] + x2[n] * v[7 * n] +
             x2[2 * n] * v[8 * n];
  }
}

FLOATSD_VECTORIZED
void add_products(const int16_t* __restrict x, const int16_t* __restrict w, int64_t channels,
                  int32_t* __restrict acc) {
  for (int64_t c = 0; c < channels; ++c) {
    acc[c] += x[c] * w[c];
  }
}

/// The first of `rows` that computes this convolution, or null.
const DepthwiseRowKernel* find_row(std::span<const DepthwiseRowKernel> rows,
                                   const ConvolutionShape& shape, std::span<const int16_t> levels) {
  if (shape.window.size != Extent(3) || shape.window.dilation.width != 1) {
    return nullptr;
  }
  const bool fit_bytes = std::all_of(levels.begin(), levels.end(), fits_byte);
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const DepthwiseRowKernel& row) {
    return row.operands == Operands::kPairs || fit_bytes;
  });
  return found == rows.end() ? nullptr : &*found;
}

}  // namespace

DepthwiseConvolution::DepthwiseConvolution(const ConvolutionShape& shape,
                                           std::span<const int16_t> levels, int32_t zero_point,
                                           std::span<const DepthwiseRowKernel> rows)
    : shape_(shape),
      input_(shape, zero_point),
      stride_(shape.acc_stride()),
      row_(find_row(rows, shape, levels)) {
  if (row_ != nullptr) {
    row_->operands == Operands::kQuads ? pack_columns<int8_t>(levels)
                                       : pack_columns<int16_t>(levels);
    return;
  }
  const int64_t taps = shape.row();
  for (int64_t tap = 0; tap < taps; ++tap) {
    for (int64_t c = 0; c < shape.channels; ++c) {
      word_weights_.push_back(levels[c * taps + tap]);
    }
  }
}

template <typename Value>
void DepthwiseConvolution::pack_columns(std::span<const int16_t> levels) {
  constexpr int64_t kWords = sizeof(Value);  // that four of them fill
  column_weights_.resize(3 * kWords * stride_ * kWordBytes, 0);
  start_.resize(stride_, 0);
  for (int64_t c = 0; c < shape_.channels; ++c) {
    const auto kernel = levels.subspan(c * 9, 9);
    start_[c] = -input_.zero_point * std::accumulate(kernel.begin(), kernel.end(), int32_t{0});
    for (int64_t kx = 0; kx < 3; ++kx) {
      const Value column[4] = {static_cast<Value>(kernel[kx]), static_cast<Value>(kernel[3 + kx]),
                               static_cast<Value>(kernel[6 + kx]), 0};
      for (int64_t word = 0; word < kWords; ++word) {
        std::memcpy(column_weights_.data() + ((kx * kWords + word) * stride_ + c) * kWordBytes,
                    column + word * kWordBytes / kWords, kWordBytes);
      }
    }
  }
}

/// The image has 16 bits a value. Where it is codes, half of them are what rows read behind the
/// last.
size_t DepthwiseConvolution::scratch_bytes() const {
  return Scratch::bytes<int16_t>(input_.size()) +
         Scratch::bytes<int32_t>(shape_.out_width() * stride_);
}

void DepthwiseConvolution::run(std::span<const uint8_t> images, Scratch scratch,
                               const Visit& visit) const {
  const auto in_size = static_cast<size_t>(shape_.in_size());
  const auto padded = scratch.take<int16_t>(input_.size());
  const auto acc = scratch.take<int32_t>(shape_.out_width() * stride_);
  auto* bytes = reinterpret_cast<uint8_t*>(padded.data());
  for (size_t first = 0; first < images.size(); first += in_size) {
    const auto image = images.subspan(first, in_size);
    if (row_ != nullptr) {
      input_.fill(image, bytes);
      run_rows(bytes, acc, visit);
    } else {
      input_.fill(image, padded.data());
      run_words(padded.data(), acc, visit);
    }
  }
}

void DepthwiseConvolution::run_rows(const uint8_t* image, std::span<int32_t> acc,
                                    const Visit& visit) const {
  const int64_t line = input_.line();
  DepthwiseRow row{.channels = shape_.channels,
                   .pixels = shape_.out_width(),
                   .stride = shape_.window.stride.width,
                   .weights = column_weights_.data(),
                   .start = start_.data()};
  for (int64_t y = 0; y < shape_.out_height(); ++y) {
    for (int64_t ky = 0; ky < 3; ++ky) {
      row.lines[ky] =
          image + (y * shape_.window.stride.height + ky * shape_.window.dilation.height) * line;
    }
    row_->function(row, acc.data());
    visit(row.pixels, acc.data(), stride_);
  }
}

void DepthwiseConvolution::run_words(const int16_t* image, std::span<int32_t> acc,
                                     const Visit& visit) const {
  const int64_t channels = shape_.channels;
  const int64_t line = input_.line();
  const auto& [size, stride, padding, dilation, ceil_mode] = shape_.window;
  for (int64_t y = 0; y < shape_.out_height(); ++y) {
    for (int64_t x = 0; x < shape_.out_width(); ++x) {
      const int16_t* first = image + y * stride.height * line + x * stride.width * channels;
      int32_t* sums = acc.data() + x * stride_;
      if (size == Extent(3) && dilation == Extent(1)) {
        sum_three_by_three(first, line, channels, word_weights_.data(), sums);
        continue;
      }
      std::fill_n(sums, channels, 0);
      const int16_t* w = word_weights_.data();
      for (int ky = 0; ky < size.height; ++ky) {
        for (int kx = 0; kx < size.width; ++kx, w += channels) {
          add_products(first + ky * dilation.height * line + kx * dilation.width * channels, w,
                       channels, sums);
        }
      }
    }
    visit(shape_.out_width(), acc.data(), stride_);
  }
}

}  // namespace floatsd::integer
