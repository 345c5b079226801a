#include "floatsd/runtime/interpreter.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <string>
#include <thread>

#include "floatsd/core/error.h"
#include "runtime/buffers.h"
#include "runtime/kernels/kernel.h"
#include "runtime/kernels/layout.h"
#include "runtime/kernels/reference.h"

namespace floatsd::runtime {
namespace {

using kernels::Kernel;
using kernels::Scratch;
using kernels::to_chw;
using kernels::to_hwc;

/// Images that a thread runs together: their activations stay in the cache, and the small maps of
/// the last layers fill whole blocks of the dot kernel.
constexpr int64_t kTogether = 6;

int64_t count_images(const Program& program, std::span<const uint8_t> images) {
  const auto size = static_cast<size_t>(program.input_shape.size());
  if (images.size() % size != 0) {
    throw Error(program.network + ": " + std::to_string(images.size()) +
                " input codes, expected a multiple of " + std::to_string(size));
  }
  return static_cast<int64_t>(images.size() / size);
}

/// Runs work on `threads` threads at once. What one of them throws is thrown here, after all have
/// ended.
void run_on_threads(int64_t threads, const std::function<void()>& work) {
  std::vector<std::exception_ptr> thrown(static_cast<size_t>(threads));
  const auto run_one = [&](int64_t thread) {
    try {
      work();
    } catch (...) {
      thrown[static_cast<size_t>(thread)] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> others;
    for (int64_t thread = 1; thread < threads; ++thread) {
      others.emplace_back(run_one, thread);
    }
    run_one(0);
  }
  for (const std::exception_ptr& exception : thrown) {
    if (exception) {
      std::rethrow_exception(exception);
    }
  }
}

}  // namespace

/// How the program runs on this machine.
struct Interpreter::Plan {
  std::vector<ActivationShape> shapes;
  std::vector<std::unique_ptr<const Kernel>> kernels;

  explicit Plan(const Program& program) : shapes(output_shapes(program)) {
    for (size_t i = 0; i < program.ops.size(); ++i) {
      kernels.push_back(kernels::make_kernel(program, i, shapes));
    }
  }

  /// What a thread keeps from one group of images to the next.
  struct Workspace {
    std::vector<size_t> buffer_of;              ///< by operator
    std::vector<std::vector<uint8_t>> buffers;  ///< images, [H, W, C] each
    std::vector<uint8_t> input;                 ///< codes
    Scratch scratch;

    explicit Workspace(std::vector<size_t> assignment)
        : buffer_of(std::move(assignment)),
          buffers(*std::max_element(buffer_of.begin(), buffer_of.end()) + 1) {}

    /// The first `size` codes of an operator's buffer, which never shrinks.
    std::span<uint8_t> output(size_t op, size_t size) {
      std::vector<uint8_t>& buffer = buffers[buffer_of[op]];
      buffer.resize(std::max(buffer.size(), size));
      return {buffer.data(), size};
    }
  };

  void read_images(const Program& program, std::span<const uint8_t> images,
                   std::vector<uint8_t>& hwc) const {
    const auto size = static_cast<size_t>(program.input_shape.size());
    hwc.resize(images.size());
    for (size_t first = 0; first < images.size(); first += size) {
      to_hwc(program.input_shape, kernels::input_codes(program, images.subspan(first, size)),
             std::span(hwc).subspan(first, size));
    }
  }

  std::span<uint8_t> output(size_t op, int64_t images, Workspace& workspace) const {
    return workspace.output(op, static_cast<size_t>(images * shapes[op].size()));
  }

  void run_images(const Program& program, std::span<const uint8_t> images,
                  Workspace& workspace) const {
    const auto count = static_cast<int64_t>(images.size()) / program.input_shape.size();
    read_images(program, images, workspace.input);
    std::vector<std::span<const uint8_t>> inputs;
    for (size_t i = 0; i < kernels.size(); ++i) {
      inputs.clear();
      for (const int from : program.ops[i].inputs) {
        inputs.emplace_back(from == kNetworkInput ? workspace.input
                                                  : output(from, count, workspace));
      }
      kernels[i]->run(inputs, output(i, count, workspace), workspace.scratch);
    }
  }

  /// Runs the images a few at a time and shows their outputs:
  /// visit(first image, number of images, workspace).
  template <typename Visit>
  void run(const Program& program, const std::vector<size_t>& buffer_of,
           std::span<const uint8_t> images, int threads, const Visit& visit) const {
    const int64_t size = program.input_shape.size();
    const int64_t all = count_images(program, images);
    const int64_t groups = (all + kTogether - 1) / kTogether;
    std::atomic<int64_t> next = 0;  // a thread that is slower takes fewer groups
    run_on_threads(std::clamp<int64_t>(threads, 1, std::max<int64_t>(1, groups)), [&] {
      Workspace workspace(buffer_of);
      for (int64_t group = next++; group < groups; group = next++) {
        const int64_t first = group * kTogether;
        const int64_t count = std::min(kTogether, all - first);
        run_images(program, images.subspan(first * size, count * size), workspace);
        visit(first, count, workspace);
      }
    });
  }

  /// One operator's [H, W, C] outputs to their place among all images' [C, H, W].
  void place(size_t op, int64_t first, int64_t count, Workspace& workspace,
             std::vector<uint8_t>& all) const {
    const std::span<const uint8_t> outputs = output(op, count, workspace);
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
  plan_->run(program_, shared_buffers(program_), images, threads,
             [&](int64_t first, int64_t count, Plan::Workspace& workspace) {
               plan_->place(last, first, count, workspace, result);
             });
  return result;
}

std::vector<std::vector<uint8_t>> Interpreter::run_layers(std::span<const uint8_t> images,
                                                          int threads) const {
  std::vector<std::vector<uint8_t>> result;
  for (const ActivationShape& shape : plan_->shapes) {
    result.emplace_back(static_cast<size_t>(count_images(program_, images) * shape.size()));
  }
  plan_->run(program_, own_buffers(program_), images, threads,
             [&](int64_t first, int64_t count, Plan::Workspace& workspace) {
               for (size_t op = 0; op < result.size(); ++op) {
                 plan_->place(op, first, count, workspace, result[op]);
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
