#include "emit/vectors/sums.h"

namespace floatsd::emit::vectors {
namespace {

using runtime::Operand;
using Inputs = std::span<const Operand>;

/// Sums of that shape: sum(channel, row, column).
template <typename Sum>
Tensor tensor(const ActivationShape& shape, const Sum& sum) {
  Tensor result{.type = "<i4", .shape = {shape.channels, shape.height, shape.width}, .bits = 32};
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t y = 0; y < shape.height; ++y) {
      for (int64_t x = 0; x < shape.width; ++x) {
        result.values.push_back(static_cast<int32_t>(sum(c, y, x)));
      }
    }
  }
  return result;
}

int32_t value(const Operand& input, int64_t place) { return input.codes[place] - input.zero_point; }

Tensor sums_of(const runtime::Conv2d& conv, Inputs inputs) {
  const Window window = conv.window();
  const Operand& in = inputs[0];
  return tensor(
      {conv.weights.shape[0], window.rows(in.shape.height), window.columns(in.shape.width)},
      [&](int64_t c, int64_t y, int64_t x) { return runtime::accumulate(conv, in, c, y, x); });
}

Tensor sums_of(const runtime::Linear& linear, Inputs inputs) {
  return tensor({linear.weights.shape[0], 1, 1}, [&](int64_t c, int64_t /*y*/, int64_t /*x*/) {
    return runtime::accumulate(linear, inputs[0], c);
  });
}

Tensor sums_of(const runtime::Add& add, Inputs inputs) {
  const ActivationShape& shape = inputs[0].shape;
  const auto& [first, second] = add.requantize.multipliers;
  return tensor(shape, [&](int64_t c, int64_t y, int64_t x) {
    const int64_t place = (c * shape.height + y) * shape.width + x;
    return int64_t{first} * value(inputs[0], place) + int64_t{second} * value(inputs[1], place);
  });
}

Tensor sums_of(const runtime::GlobalAveragePool& /*pool*/, Inputs inputs) {
  const ActivationShape& shape = inputs[0].shape;
  return tensor({shape.channels, 1, 1}, [&](int64_t c, int64_t /*y*/, int64_t /*x*/) {
    int64_t sum = 0;
    for (int64_t place = 0; place < shape.height * shape.width; ++place) {
      sum += value(inputs[0], c * shape.height * shape.width + place);
    }
    return sum;
  });
}

Tensor sums_of(const runtime::AveragePool& pool, Inputs inputs) {
  const Operand& in = inputs[0];
  const auto& [size, stride, padding, dilation, ceil_mode] = pool.window;
  return tensor(pool_shape(pool.window, in.shape), [&](int64_t c, int64_t y, int64_t x) {
    int64_t sum = 0;
    for (int64_t ky = 0; ky < size.height; ++ky) {
      for (int64_t kx = 0; kx < size.width; ++kx) {
        sum += in.value(c, y * stride.height + ky * dilation.height - padding.top,
                        x * stride.width + kx * dilation.width - padding.left);
      }
    }
    return sum;
  });
}

/// An operator that copies or compares codes.
template <typename Body>
Tensor sums_of(const Body& /*body*/, Inputs /*inputs*/) {
  return {};
}

}  // namespace

Tensor sums(const runtime::Op& op, Inputs inputs) {
  return std::visit([&](const auto& body) { return sums_of(body, inputs); }, op.body);
}

}  // namespace floatsd::emit::vectors
