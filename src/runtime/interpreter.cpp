#include "floatsd/runtime/interpreter.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string>
#include <thread>

#include "floatsd/core/error.h"
#include "kernels/kernel.h"
#include "kernels/layout.h"
#include "kernels/reference.h"

namespace floatsd::runtime {
namespace {

using kernels::Kernel;
using kernels::Scratch;
using kernels::to_chw;
using kernels::to_hwc;

/// Images that a thread runs together: their activations stay in the cache, and the small maps of
/// the last layers fill whole blocks of the dot kernel.
constexpr int64_t kTogether = 12;

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

/// The buffer that holds each operator's output; a buffer is taken again once its last reader has
/// run. The last operator's is never taken.
std::vector<size_t> share_buffers(const Program& program) {
  const size_t count = program.ops.size();
  std::vector<size_t> last_reader(count);
  std::iota(last_reader.begin(), last_reader.end(), size_t{0});  // itself, where nobody reads it
  for (size_t i = 0; i < count; ++i) {
    for (const int from : program.ops[i].inputs) {
      if (from != kNetworkInput) {
        last_reader[from] = i;
      }
    }
  }
  std::vector<std::vector<size_t>> read_until(count);  // by last reader
  for (size_t i = 0; i < count; ++i) {
    read_until[last_reader[i]].push_back(i);
  }
  std::vector<size_t> buffer_of;
  std::vector<size_t> free;
  size_t buffers = 0;
  for (size_t i = 0; i < count; ++i) {
    if (free.empty()) {
      free.push_back(buffers++);
    }
    buffer_of.push_back(free.back());
    free.pop_back();
    for (const size_t op : read_until[i]) {
      free.push_back(buffer_of[op]);
    }
  }
  return buffer_of;
}

/// Each operator has a buffer of its own.
std::vector<size_t> own_buffers(const Program& program) {
  std::vector<size_t> buffer_of(program.ops.size());
  std::iota(buffer_of.begin(), buffer_of.end(), size_t{0});
  return buffer_of;
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

    [[nodiscard]] const std::vector<uint8_t>& output(size_t op) const {
      return buffers[buffer_of[op]];
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

  void run_images(const Program& program, std::span<const uint8_t> images,
                  Workspace& workspace) const {
    const size_t count = images.size() / static_cast<size_t>(program.input_shape.size());
    read_images(program, images, workspace.input);
    std::vector<std::span<const uint8_t>> inputs;
    for (size_t i = 0; i < kernels.size(); ++i) {
      inputs.clear();
      for (const int from : program.ops[i].inputs) {
        inputs.emplace_back(from == kNetworkInput ? workspace.input : workspace.output(from));
      }
      std::vector<uint8_t>& output = workspace.buffers[workspace.buffer_of[i]];
      output.resize(count * static_cast<size_t>(shapes[i].size()));
      kernels[i]->run(inputs, output, workspace.scratch);
    }
  }

  /// Runs the images a few at a time and shows their outputs:
  /// visit(first image, number of images, workspace).
  template <typename Visit>
  void run(const Program& program, const std::vector<size_t>& buffer_of,
           std::span<const uint8_t> images, int threads, const Visit& visit) const {
    const int64_t size = program.input_shape.size();
    share_out(count_images(program, images), threads, [&](int64_t first, int64_t last) {
      Workspace workspace(buffer_of);
      for (int64_t n = first; n < last; n += kTogether) {
        const int64_t count = std::min(kTogether, last - n);
        run_images(program, images.subspan(n * size, count * size), workspace);
        visit(n, count, workspace);
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
  plan_->run(program_, share_buffers(program_), images, threads,
             [&](int64_t first, int64_t count, const Plan::Workspace& workspace) {
               plan_->place(last, first, count, workspace.output(last), result);
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
             [&](int64_t first, int64_t count, const Plan::Workspace& workspace) {
               for (size_t op = 0; op < result.size(); ++op) {
                 plan_->place(op, first, count, workspace.output(op), result[op]);
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
