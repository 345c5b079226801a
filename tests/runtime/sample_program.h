#pragma once
// Small valid programs with random weights, for tests.

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "floatsd/core/codebook.h"
#include "floatsd/runtime/program.h"

class SampleProgram {
 public:
  SampleProgram(floatsd::runtime::ActivationShape input, floatsd::QParams qparams, unsigned seed)
      : random_(seed) {
    program_ = {.network = "sample", .input_shape = input, .input = qparams, .ops = {}};
  }

  struct Conv {
    int64_t out = 1, kernel = 1;
    int stride = 1, padding = 0, groups = 1, pool = 1;
    bool relu = false;
    std::string format = "floatsd4";
    floatsd::QParams output = {0.5F, 0};
  };

  SampleProgram& conv(const Conv& c) {
    const auto in = shape();
    floatsd::runtime::Conv2d body{.weights = weights(c.format, {c.out, in.channels / c.groups,
                                                                c.kernel, c.kernel}),
                                  .stride = c.stride, .padding = c.padding, .groups = c.groups,
                                  .pool = c.pool};
    body.requantize = requantize(body.weights, c.output, c.relu);
    return add(std::move(body));
  }

  SampleProgram& linear(int64_t out, const std::string& format = "int8") {
    floatsd::runtime::Linear body{.weights = weights(format, {out, shape().size()})};
    body.requantize = requantize(body.weights, {0.5F, 128}, false);
    return add(std::move(body));
  }

  [[nodiscard]] const floatsd::runtime::Program& get() const { return program_; }

  [[nodiscard]] std::vector<uint8_t> images(int64_t count) {
    std::vector<uint8_t> bytes(static_cast<size_t>(count * program_.input_shape.size()));
    for (uint8_t& byte : bytes) {
      byte = static_cast<uint8_t>(random_());
    }
    return bytes;
  }

 private:
  floatsd::runtime::ActivationShape shape() {
    return program_.ops.empty() ? program_.input_shape
                                : floatsd::runtime::output_shapes(program_).back();
  }

  floatsd::runtime::Weights weights(const std::string& format, std::vector<int64_t> shape) {
    floatsd::runtime::Weights w{.format = format, .granularity = floatsd::Granularity::kPerChannel,
                                .shape = shape};
    const auto& magnitudes = floatsd::find_codebook(format).magnitudes;
    int64_t count = 1;
    for (const int64_t size : shape) {
      count *= size;
    }
    for (int64_t i = 0; i < count; ++i) {
      const int magnitude = magnitudes[random_() % magnitudes.size()];
      w.levels.push_back(static_cast<int8_t>(random_() % 2 == 0 ? magnitude : -magnitude));
    }
    const double spread = floatsd::find_codebook(format).max_level() * 60 *
                          std::sqrt(static_cast<double>(count / shape[0]));
    for (int64_t o = 0; o < shape[0]; ++o) {
      w.scales.push_back(static_cast<float>(60 / spread * (1 + static_cast<double>(random_() % 100) / 100)));
    }
    return w;
  }

  floatsd::Requantize requantize(const floatsd::runtime::Weights& w, floatsd::QParams output,
                                 bool relu) {
    const float input = program_.ops.empty()
                            ? program_.input.scale
                            : floatsd::runtime::output_qparams(program_.ops.back()).scale;
    std::vector<float> bias;
    for (int64_t o = 0; o < w.shape[0]; ++o) {
      bias.push_back(static_cast<float>(random_() % 200) / 10 - 10);
    }
    floatsd::Requantize r = floatsd::choose_requantize(bias, input, w.scales, output);
    r.relu = relu;
    return r;
  }

  template <typename Body>
  SampleProgram& add(Body body) {
    const int previous = static_cast<int>(program_.ops.size()) - 1;
    program_.ops.push_back({"op" + std::to_string(previous + 1), {previous}, std::move(body)});
    return *this;
  }

  std::mt19937 random_;
  floatsd::runtime::Program program_;
};

/// Two convolutions with pooling and a linear operator, on 2 x 9 x 8 images.
inline SampleProgram small_sample(unsigned seed = 1) {
  SampleProgram sample({2, 9, 8}, {0.01F, 3}, seed);
  sample.conv({.out = 5, .kernel = 3, .padding = 1, .pool = 2, .relu = true})
      .conv({.out = 3, .kernel = 2, .format = "int8", .output = {0.25F, 100}})
      .linear(4);
  return sample;
}
