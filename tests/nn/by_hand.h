#pragma once
// A convolution layer with its slots filled, random codes to feed it, and what it must answer,
// computed integer by integer.

#include <ATen/ATen.h>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "nn/layer.h"
#include "ops/product.h"
#include "quant/quantizer.h"

inline void fill_slots(floatsd::nn::Layer& layer, const char* scheme,
                       floatsd::quant::RangeMethod method = floatsd::quant::RangeMethod::kMinMax) {
  layer.set_weight_quantizer(std::make_shared<floatsd::quant::WeightQuantizer>(
      floatsd::quant::parse_weight_scheme(scheme), method, layer.weight.size(0)));
  layer.set_output_quantizer(std::make_shared<floatsd::quant::OutputQuantizer>(method));
}

/// Codes less the zero point, as float32.
inline floatsd::ops::Signal random_codes(const std::vector<int64_t>& shape,
                                         floatsd::QParams qparams) {
  return floatsd::ops::code_signal((at::randint(0, 256, shape) - qparams.zero_point).to(at::kFloat),
                                   qparams);
}

/// The layer's output codes less their zero point.
inline at::Tensor by_hand(const floatsd::nn::Conv2d& conv, const floatsd::ops::Signal& input,
                          const at::Tensor& levels, const floatsd::Requantize& requantize) {
  const at::Tensor values = floatsd::ops::code_values(input);
  const auto x = values.accessor<float, 4>();
  const auto w = levels.accessor<float, 4>();
  const auto& o = conv.options();
  const floatsd::Window window = conv.product().window;
  const auto& [kernel, stride, padding, dilation, ceil_mode] = window;
  const int64_t height = window.rows(x.size(2));
  const int64_t width = window.columns(x.size(3));
  at::Tensor out = at::empty({x.size(0), o.out_channels, height / conv.pool, width / conv.pool});
  auto code = out.accessor<float, 4>();
  const auto sum_at = [&](int64_t n, int64_t c, int64_t y, int64_t z) {
    int64_t sum = 0;
    const int64_t group = c / (o.out_channels / o.groups);
    for (int64_t i = 0; i < w.size(1); ++i) {
      for (int64_t ky = 0; ky < kernel.height; ++ky) {
        for (int64_t kx = 0; kx < kernel.width; ++kx) {
          const int64_t iy = y * stride.height - padding.top + ky * dilation.height;
          const int64_t ix = z * stride.width - padding.left + kx * dilation.width;
          if (iy >= 0 && iy < x.size(2) && ix >= 0 && ix < x.size(3)) {
            sum += static_cast<int64_t>(x[n][group * w.size(1) + i][iy][ix]) *
                   static_cast<int64_t>(w[c][i][ky][kx]);
          }
        }
      }
    }
    return sum;
  };
  for (int64_t n = 0; n < out.size(0); ++n) {
    for (int64_t c = 0; c < out.size(1); ++c) {
      for (int64_t y = 0; y < out.size(2); ++y) {
        for (int64_t z = 0; z < out.size(3); ++z) {
          int64_t largest = INT64_MIN;
          for (int py = 0; py < conv.pool; ++py) {
            for (int px = 0; px < conv.pool; ++px) {
              largest = std::max(largest, sum_at(n, c, y * conv.pool + py, z * conv.pool + px));
            }
          }
          code[n][c][y][z] = static_cast<float>(
              floatsd::requantize(largest + requantize.bias[c], requantize.multipliers[c],
                                  requantize.output.zero_point, requantize.lower_code()) -
              requantize.output.zero_point);
        }
      }
    }
  }
  return out;
}
