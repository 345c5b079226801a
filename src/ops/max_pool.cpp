#include "ops/max_pool.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "ops/record.h"

namespace floatsd::ops {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// A channels-last input and the windows on it.
struct Windows {
  int64_t batch, channels, height, width;  // of the input
  int64_t rows, columns;                   // of the output
  int window;

  Windows(at::IntArrayRef input, int size)
      : batch(input[0]),
        channels(input[1]),
        height(input[2]),
        width(input[3]),
        rows(height / size),
        columns(width / size),
        window(size) {}

  [[nodiscard]] std::vector<int64_t> input_shape() const {
    return {batch, channels, height, width};
  }
  [[nodiscard]] std::vector<int64_t> output_shape() const {
    return {batch, channels, rows, columns};
  }
  /// From a window's first value to its i-th, of the same channel.
  [[nodiscard]] int64_t offset(int i) const { return (i / window * width + i % window) * channels; }
};

constexpr int64_t kLanes = 4;  // channels at a time: a vector register of every x86-64 and arm64
using Floats = float __attribute__((vector_size(kLanes * sizeof(float))));
using Ints = int32_t __attribute__((vector_size(kLanes * sizeof(int32_t))));
using Bytes = uint8_t __attribute__((vector_size(kLanes)));

/// The first `lanes` <= kLanes values; a whole register is one instruction, the rest a call.
template <typename Register, typename T>
__attribute__((always_inline)) inline void load(Register& into, const T* from, int64_t lanes) {
  if (lanes == kLanes) {
    std::memcpy(&into, from, sizeof into);
  } else {
    into = Register{};
    std::memcpy(&into, from, static_cast<size_t>(lanes) * sizeof(T));
  }
}

template <typename Register, typename T>
__attribute__((always_inline)) inline void store(const Register& from, T* into, int64_t lanes) {
  if (lanes == kLanes) {
    std::memcpy(into, &from, sizeof from);
  } else {
    std::memcpy(into, &from, static_cast<size_t>(lanes) * sizeof(T));
  }
}

/// One row of windows: `input` is its first pixel, `best` and `place` its outputs: the value that
/// won, and which of its window it is.
void pool_row(const float* input, const Windows& w, float* best, uint8_t* place) {
  for (int64_t x = 0; x < w.columns; ++x, best += w.channels, place += w.channels) {
    const float* corner = input + x * w.window * w.channels;
    for (int64_t c = 0; c < w.channels; c += kLanes) {
      const int64_t lanes = std::min(kLanes, w.channels - c);
      Floats value;
      Ints index = {};
      load(value, corner + c, lanes);
      for (int i = 1; i < w.window * w.window; ++i) {
        Floats other;
        load(other, corner + w.offset(i) + c, lanes);
        const Ints wins = (other > value) | (other != other);
        value = wins ? other : value;
        index = wins ? Ints{} + i : index;
      }
      store(value, best + c, lanes);
      store(__builtin_convertvector(index, Bytes), place + c, lanes);
    }
  }
}

/// The gradient of one row of windows; `gradient` is that of its outputs.
void unpool_row(const float* gradient, const uint8_t* place, const Windows& w,
                float* input_gradient) {
  for (int64_t x = 0; x < w.columns; ++x, gradient += w.channels, place += w.channels) {
    float* corner = input_gradient + x * w.window * w.channels;
    for (int64_t c = 0; c < w.channels; c += kLanes) {
      const int64_t lanes = std::min(kLanes, w.channels - c);
      Floats value;
      Bytes winner;
      load(value, gradient + c, lanes);
      load(winner, place + c, lanes);
      const Ints index = __builtin_convertvector(winner, Ints);
      for (int i = 0; i < w.window * w.window; ++i) {
        const Floats passed = index == i ? value : Floats{};
        store(passed, corner + w.offset(i) + c, lanes);
      }
    }
  }
}

/// Runs work(first input value, first output value) for each row of windows.
template <typename Work>
void for_each_row(const Windows& w, const Work& work) {
  constexpr int64_t kRowsAThread = 16;
  at::parallel_for(0, w.batch * w.rows, kRowsAThread, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t first_pixel = (row / w.rows * w.height + row % w.rows * w.window) * w.width;
      work(first_pixel * w.channels, row * w.columns * w.channels);
    }
  });
}

struct MaxPool : torch::autograd::Function<MaxPool> {
  static at::Tensor forward(AutogradContext* context, const at::Tensor& input, int64_t window) {
    const at::Tensor dense = input.contiguous(at::MemoryFormat::ChannelsLast);
    const Windows w(dense.sizes(), static_cast<int>(window));
    at::Tensor output =
        at::empty(w.output_shape(), dense.options(), at::MemoryFormat::ChannelsLast);
    at::Tensor place = at::empty_like(output, at::kByte);
    const auto* from = dense.const_data_ptr<float>();
    auto* to = output.mutable_data_ptr<float>();
    auto* winner = place.mutable_data_ptr<uint8_t>();
    FLOATSD_RECORD("floatsd::max_pool", dense, output, place);
    for_each_row(w,
                 [&](int64_t in, int64_t out) { pool_row(from + in, w, to + out, winner + out); });
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
    FLOATSD_RECORD("floatsd::max_pool_gradient", gradient, place, input_gradient);
    const auto* from = gradient.const_data_ptr<float>();
    const auto* winner = place.const_data_ptr<uint8_t>();
    auto* to = input_gradient.mutable_data_ptr<float>();
    for_each_row(
        w, [&](int64_t in, int64_t out) { unpool_row(from + out, winner + out, w, to + in); });
    return {input_gradient, {}};
  }
};

}  // namespace

at::Tensor max_pool(const at::Tensor& input, int window) {
  return input.scalar_type() == at::kFloat ? MaxPool::apply(input, int64_t{window})
                                           : at::max_pool2d(input, window);
}

}  // namespace floatsd::ops
