#include "floatsd/runtime/interpreter.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "floatsd/core/error.h"
#include "kernels/packed_op.h"
#include "kernels/reference.h"

namespace floatsd::runtime {
namespace {

using kernels::PackedOp;
using kernels::Scratch;

/// [H, W, C] <-> [C, H, W] of one image.
void to_chw(const ActivationShape& shape, std::span<const uint8_t> hwc, std::span<uint8_t> chw) {
  const int64_t plane = shape.height * shape.width;
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      chw[c * plane + i] = hwc[i * shape.channels + c];
    }
  }
}

void to_hwc(const ActivationShape& shape, std::span<const uint8_t> chw, std::span<uint8_t> hwc) {
  const int64_t plane = shape.height * shape.width;
  for (int64_t c = 0; c < shape.channels; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      hwc[i * shape.channels + c] = chw[c * plane + i];
    }
  }
}

bool is_dense(const Op& op) {
  const auto* conv = std::get_if<Conv2d>(&op.body);
  return std::holds_alternative<Linear>(op.body) || (conv != nullptr && conv->groups == 1);
}

int64_t count_images(const Program& program, std::span<const uint8_t> images) {
  const auto size = static_cast<size_t>(program.input_shape.size());
  if (images.size() % size != 0) {
    throw Error(program.network + ": " + std::to_string(images.size()) +
                " input codes, expected a multiple of " + std::to_string(size));
  }
  return static_cast<int64_t>(images.size() / size);
}

/// Runs work(first, last) on `threads` threads over 0..count-1.
void share_out(int64_t count, int threads, const std::function<void(int64_t, int64_t)>& work) {
  const int64_t parts = std::clamp<int64_t>(threads, 1, std::max<int64_t>(1, count));
  std::vector<std::thread> others;
  for (int64_t p = 1; p < parts; ++p) {
    others.emplace_back(work, count * p / parts, count * (p + 1) / parts);
  }
  work(0, count / parts);
  for (std::thread& other : others) {
    other.join();
  }
}

}  // namespace

/// How the program runs on this machine.
struct Interpreter::Plan {
  struct Step {
    std::optional<PackedOp> packed;  ///< none: the reference runs it
  };
  std::vector<ActivationShape> shapes;
  std::vector<Step> steps;
  kernels::DotFunction dot = kernels::best_dot();

  explicit Plan(const Program& program) : shapes(output_shapes(program)) {
    for (size_t i = 0; i < program.ops.size(); ++i) {
      const Op& op = program.ops[i];
      Step& step = steps.emplace_back();
      if (is_dense(op)) {
        step.packed.emplace(op, input_shape(program, op, shapes), shapes[i],
                            input_qparams(program, op).zero_point);
      }
    }
  }

  /// Every operator's output for some images, [H, W, C] each.
  void run_images(const Program& program, std::span<const uint8_t> images,
                  std::vector<std::vector<uint8_t>>& outputs, Scratch& scratch) const {
    const auto size = static_cast<size_t>(program.input_shape.size());
    const size_t count = images.size() / size;
    outputs.resize(steps.size());
    std::vector<uint8_t> hwc(images.size());
    for (size_t n = 0; n < count; ++n) {
      to_hwc(program.input_shape, kernels::input_codes(program, images.subspan(n * size, size)),
             std::span(hwc).subspan(n * size, size));
    }
    for (size_t i = 0; i < steps.size(); ++i) {
      const Op& op = program.ops[i];
      std::vector<std::span<const uint8_t>> inputs;
      for (const int from : op.inputs) {
        inputs.emplace_back(from == kNetworkInput ? hwc : outputs[from]);
      }
      outputs[i].resize(count * static_cast<size_t>(shapes[i].size()));
      if (steps[i].packed) {
        steps[i].packed->run(inputs[0], outputs[i], dot, scratch);
      } else {
        run_reference(program, i, inputs, outputs[i]);
      }
    }
  }

  void run_reference(const Program& program, size_t i,
                     std::span<const std::span<const uint8_t>> inputs,
                     std::span<uint8_t> output) const {
    const Op& op = program.ops[i];
    const auto out_size = static_cast<size_t>(shapes[i].size());
    std::vector<uint8_t> chw_output(out_size);
    for (size_t n = 0; n < output.size() / out_size; ++n) {
      std::vector<std::vector<uint8_t>> images;
      std::vector<kernels::Operand> operands;
      for (size_t k = 0; k < inputs.size(); ++k) {
        const ActivationShape& in = input_shape(program, op, shapes, k);
        const auto in_size = static_cast<size_t>(in.size());
        auto& chw = images.emplace_back(in_size);
        to_chw(in, inputs[k].subspan(n * in_size, in_size), chw);
        operands.push_back({in, chw, input_qparams(program, op, k).zero_point});
      }
      kernels::run_reference(op, operands, shapes[i], chw_output);
      to_hwc(shapes[i], chw_output, output.subspan(n * out_size, out_size));
    }
  }

  /// Runs the images a few at a time, so that their activations stay in the cache, and shows every
  /// operator's outputs: visit(first image, number of images, outputs).
  template <typename Visit>
  void run(const Program& program, std::span<const uint8_t> images, int threads,
           const Visit& visit) const {
    constexpr int64_t kTogether = kernels::kBlockPixels;
    const int64_t size = program.input_shape.size();
    share_out(count_images(program, images), threads, [&](int64_t first, int64_t last) {
      Scratch scratch;
      std::vector<std::vector<uint8_t>> outputs;
      for (int64_t n = first; n < last; n += kTogether) {
        const int64_t count = std::min(kTogether, last - n);
        run_images(program, images.subspan(n * size, count * size), outputs, scratch);
        visit(n, count, outputs);
      }
    });
  }

  /// One operator's [H, W, C] outputs to their place among all images' [C, H, W].
  void place(size_t op, int64_t first, int64_t count, std::span<const uint8_t> outputs,
             std::vector<uint8_t>& all) const {
    const int64_t size = shapes[op].size();
    for (int64_t n = 0; n < count; ++n) {
      to_chw(shapes[op], outputs.subspan(n * size, size),
             std::span(all).subspan((first + n) * size, size));
    }
  }
};

Interpreter::Interpreter(Program program) : program_(std::move(program)) {
  validate(program_);
  plan_ = std::make_unique<const Plan>(program_);
}

Interpreter::~Interpreter() = default;
Interpreter::Interpreter(Interpreter&&) noexcept = default;
Interpreter& Interpreter::operator=(Interpreter&&) noexcept = default;

std::vector<uint8_t> Interpreter::run(std::span<const uint8_t> images, int threads) const {
  const size_t last = program_.ops.size() - 1;
  std::vector<uint8_t> result(
      static_cast<size_t>(count_images(program_, images) * plan_->shapes[last].size()));
  plan_->run(program_, images, threads, [&](int64_t first, int64_t count, const auto& outputs) {
    plan_->place(last, first, count, outputs[last], result);
  });
  return result;
}

std::vector<std::vector<uint8_t>> Interpreter::run_layers(std::span<const uint8_t> images,
                                                          int threads) const {
  std::vector<std::vector<uint8_t>> result;
  for (const ActivationShape& shape : plan_->shapes) {
    result.emplace_back(static_cast<size_t>(count_images(program_, images) * shape.size()));
  }
  plan_->run(program_, images, threads, [&](int64_t first, int64_t count, const auto& outputs) {
    for (size_t op = 0; op < outputs.size(); ++op) {
      plan_->place(op, first, count, outputs[op], result[op]);
    }
  });
  return result;
}

std::vector<int> Interpreter::classify(std::span<const uint8_t> images, int threads) const {
  const std::vector<uint8_t> codes = run(images, threads);
  const int64_t classes = plan_->shapes.back().size();
  std::vector<int> result;
  for (auto row = codes.begin(); row != codes.end(); row += classes) {
    result.push_back(static_cast<int>(std::max_element(row, row + classes) - row));
  }
  return result;
}

}  // namespace floatsd::runtime
