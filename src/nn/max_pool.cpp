#include "floatsd/nn/max_pool.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "floatsd/core/vectorize.h"

namespace floatsd::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A channels-last input and the windows on it.
struct Windows {
  int64_t batch, channels, height, width;  // of the input
  int64_t rows, columns;                   // of the output
  int window;

  Windows(at::IntArrayRef input, int size)
      : batch(input[0]), channels(input[1]), height(input[2]), width(input[3]),
        rows(height / size), columns(width / size), window(size) {}

  [[nodiscard]] std::vector<int64_t> input_shape() const { return {batch, channels, height, width}; }
  [[nodiscard]] std::vector<int64_t> output_shape() const {
    return {batch, channels, rows, columns};
  }
};

/// One row of windows: `input` is its first pixel. `best` [columns, channels], `place` likewise:
/// which value of its window won. `scratch` [channels].
template <typename T>
FLOATSD_VECTORIZED void pool_row(const T* input, const Windows& w, T* best, uint8_t* place,
                                 T* scratch) {
  for (int64_t x = 0; x < w.columns; ++x, best += w.channels, place += w.channels) {
    const T* corner = input + x * w.window * w.channels;
    std::copy_n(corner, w.channels, best);
    std::fill_n(scratch, w.channels, T{0});
    for (int i = 1; i < w.window * w.window; ++i) {
      const T* value = corner + (i / w.window * w.width + i % w.window) * w.channels;
      const T index = static_cast<T>(i);
      for (int64_t c = 0; c < w.channels; ++c) {
        const bool wins = (value[c] > best[c]) | (value[c] != value[c]);
        best[c] = wins ? value[c] : best[c];
        scratch[c] = wins ? index : scratch[c];
      }
    }
    for (int64_t c = 0; c < w.channels; ++c) {
      place[c] = static_cast<uint8_t>(scratch[c]);
    }
  }
}

/// The gradient of one row of windows; `gradient` is that of its outputs.
template <typename T>
FLOATSD_VECTORIZED void unpool_row(const T* gradient, const uint8_t* place, const Windows& w,
                                   T* input_gradient) {
  for (int64_t x = 0; x < w.columns; ++x, gradient += w.channels, place += w.channels) {
    T* corner = input_gradient + x * w.window * w.channels;
    for (int i = 0; i < w.window * w.window; ++i) {
      T* to = corner + (i / w.window * w.width + i % w.window) * w.channels;
      for (int64_t c = 0; c < w.channels; ++c) {
        to[c] = place[c] == i ? gradient[c] : T{0};
      }
    }
  }
}

template <typename Work>
void for_each_row(const Windows& w, const Work& work) {
  constexpr int64_t kRowsAThread = 16;
  at::parallel_for(0, w.batch * w.rows, kRowsAThread, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t first_pixel =
          (row / w.rows * w.height + row % w.rows * w.window) * w.width;
      work(first_pixel * w.channels, row * w.columns * w.channels);
    }
  });
}

template <typename T>
void pool(const at::Tensor& input, const Windows& w, at::Tensor& output, at::Tensor& place) {
  const T* from = input.const_data_ptr<T>();
  T* to = output.mutable_data_ptr<T>();
  auto* winner = place.mutable_data_ptr<uint8_t>();
  for_each_row(w, [&](int64_t in, int64_t out) {
    thread_local std::vector<T> scratch;
    scratch.resize(static_cast<size_t>(w.channels));
    pool_row(from + in, w, to + out, winner + out, scratch.data());
  });
}

template <typename T>
void unpool(const at::Tensor& gradient, const at::Tensor& place, const Windows& w,
            at::Tensor& input_gradient) {
  const T* from = gradient.const_data_ptr<T>();
  const auto* winner = place.const_data_ptr<uint8_t>();
  T* to = input_gradient.mutable_data_ptr<T>();
  for_each_row(w, [&](int64_t in, int64_t out) { unpool_row(from + out, winner + out, w, to + in); });
}

struct MaxPool : torch::autograd::Function<MaxPool> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, int64_t window) {
    const at::Tensor dense = input.contiguous(at::MemoryFormat::ChannelsLast);
    const Windows w(dense.sizes(), static_cast<int>(window));
    at::Tensor output =
        at::empty(w.output_shape(), dense.options(), at::MemoryFormat::ChannelsLast);
    at::Tensor place = at::empty_like(output, at::kByte);
    if (dense.scalar_type() == at::kDouble) {
      pool<double>(dense, w, output, place);
    } else {
      pool<float>(dense, w, output, place);
    }
    context->save_for_backward({place});
    context->saved_data["shape"] = w.input_shape();
    context->saved_data["window"] = window;
    return output;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Windows w(context->saved_data["shape"].toIntVector(),
                    static_cast<int>(context->saved_data["window"].toInt()));
    const at::Tensor gradient = gradients[0].contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor input_gradient =
        at::empty(w.input_shape(), gradient.options(), at::MemoryFormat::ChannelsLast);
    if (w.height % w.window != 0 || w.width % w.window != 0) {
      input_gradient.zero_();  // what no window covers
    }
    const at::Tensor place = context->get_saved_variables()[0];
    if (gradient.scalar_type() == at::kDouble) {
      unpool<double>(gradient, place, w, input_gradient);
    } else {
      unpool<float>(gradient, place, w, input_gradient);
    }
    return {input_gradient, {}};
  }
};

}  // namespace

at::Tensor max_pool(const at::Tensor& input, int window) {
  return input.is_cpu() ? MaxPool::apply(input, int64_t{window}) : at::max_pool2d(input, window);
}

}  // namespace floatsd::nn
