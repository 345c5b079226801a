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

/// The images' activations stay in the cache, and the small maps of the last layers fill whole
/// blocks of the dot kernel.
constexpr int64_t kTogether = Interpreter::kImagesTogether;

int64_t count_images(const Program& program, std::span<const uint8_t> images) {
  const auto size = static_cast<size_t>(program.input_shape.size());
  if (images.size() % size != 0) {
    throw Error(program.network + ": " + std::to_string(images.size()) +
                " bytes of images, expected a multiple of " + std::to_string(size));
  }
  return static_cast<int64_t>(images.size() / size);
}

int64_t count_groups(const Program& program, std::span<const uint8_t> images) {
  return (count_images(program, images) + kTogether - 1) / kTogether;
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
  BufferPlaces shared, own;  ///< of kTogether images, [H, W, C] each
  size_t most_inputs = 0;    ///< of an operator
  size_t scratch_bytes = 0;

  explicit Plan(const Program& program) : shapes(output_shapes(program)) {
    std::vector<size_t> output_bytes;
    for (size_t i = 0; i < program.ops.size(); ++i) {
      kernels.push_back(kernels::make_kernel(program, i, shapes));
      scratch_bytes = std::max(scratch_bytes, kernels[i]->scratch_bytes());
      most_inputs = std::max(most_inputs, program.ops[i].inputs.size());
      output_bytes.push_back(static_cast<size_t>(kTogether * shapes[i].size()));
    }
    shared = place_buffers(shared_buffers(program), output_bytes);
    own = place_buffers(own_buffers(program), output_bytes);
  }

  using Input = std::span<const uint8_t>;

  [[nodiscard]] size_t workspace_bytes(const Program& program, const BufferPlaces& places) const {
    return Scratch::kAlignment + Scratch::bytes<uint8_t>(static_cast<int64_t>(places.bytes)) +
           Scratch::bytes<uint8_t>(kTogether * program.input_shape.size()) +
           Scratch::bytes<Input>(static_cast<int64_t>(most_inputs)) + scratch_bytes;
  }

  /// What a thread works in, piece by piece.
  struct Workspace {
    const BufferPlaces& places;
    Scratch scratch;
    std::span<uint8_t> outputs;
    std::span<uint8_t> input;  ///< codes
    std::span<Input> inputs;   ///< of the operator that runs

    Workspace(const Plan& plan, const Program& program, const BufferPlaces& where,
              std::span<std::byte> memory)
        : places(where),
          scratch(memory),
          outputs(scratch.take<uint8_t>(static_cast<int64_t>(where.bytes))),
          input(scratch.take<uint8_t>(kTogether * program.input_shape.size())),
          inputs(scratch.take<Input>(static_cast<int64_t>(plan.most_inputs))) {}
  };

  /// Bytes [C, H, W] to codes [H, W, C]; returns those.
  static Input read_images(const Program& program, std::span<const uint8_t> images,
                           std::span<uint8_t> hwc) {
    const auto size = static_cast<size_t>(program.input_shape.size());
    for (size_t first = 0; first < images.size(); first += size) {
      to_hwc(program.input_shape, images.subspan(first, size), hwc.subspan(first, size));
    }
    const std::span<uint8_t> codes = hwc.first(images.size());
    if (!program.input_table.empty()) {
      const auto channels = static_cast<size_t>(program.input_shape.channels);
      for (size_t i = 0; i < codes.size(); ++i) {
        codes[i] = kernels::input_code(program, i % channels, codes[i]);
      }
    }
    return codes;
  }

  [[nodiscard]] std::span<uint8_t> output(size_t op, int64_t images,
                                          const Workspace& workspace) const {
    return workspace.outputs.subspan(workspace.places.begins[op],
                                     static_cast<size_t>(images * shapes[op].size()));
  }

  void run_images(const Program& program, std::span<const uint8_t> images,
                  const Workspace& workspace) const {
    const auto count = static_cast<int64_t>(images.size()) / program.input_shape.size();
    const Input codes = read_images(program, images, workspace.input);
    for (size_t i = 0; i < kernels.size(); ++i) {
      const std::vector<int>& from = program.ops[i].inputs;
      const std::span<Input> inputs = workspace.inputs.first(from.size());
      std::transform(from.begin(), from.end(), inputs.begin(), [&](int op) {
        return op == kNetworkInput ? codes : output(op, count, workspace);
      });
      kernels[i]->run(inputs, output(i, count, workspace), workspace.scratch);
    }
  }

  /// Runs a few images, and shows their outputs: visit(first image, number of images, workspace).
  template <typename Visit>
  void run_group(const Program& program, std::span<const uint8_t> images, int64_t group,
                 const Workspace& workspace, const Visit& visit) const {
    const int64_t size = program.input_shape.size();
    const int64_t first = group * kTogether;
    const int64_t count = std::min(kTogether, static_cast<int64_t>(images.size()) / size - first);
    run_images(program, images.subspan(first * size, count * size), workspace);
    visit(first, count, workspace);
  }

  /// All of them on some threads.
  template <typename Visit>
  void run(const Program& program, const BufferPlaces& places, std::span<const uint8_t> images,
           int threads, const Visit& visit) const {
    const int64_t groups = count_groups(program, images);
    std::atomic<int64_t> next = 0;  // a thread that is slower takes fewer groups
    run_on_threads(std::clamp<int64_t>(threads, 1, std::max<int64_t>(1, groups)), [&] {
      const size_t bytes = workspace_bytes(program, places);
      // Zeros: kernels compute with whole vectors, whose ends nobody has written, and drop the
      // rest.
      const auto memory = std::make_unique<std::byte[]>(bytes);
      const Workspace workspace(*this, program, places, {memory.get(), bytes});
      for (int64_t group = next++; group < groups; group = next++) {
        run_group(program, images, group, workspace, visit);
      }
    });
  }

  /// One operator's [H, W, C] outputs to their place among all images' [C, H, W].
  void place(size_t op, int64_t first, int64_t count, const Workspace& workspace,
             std::span<uint8_t> all) const {
    const std::span<const uint8_t> outputs = output(op, count, workspace);
    const int64_t size = shapes[op].size();
    for (int64_t n = 0; n < count; ++n) {
      to_chw(shapes[op], outputs.subspan(n * size, size), all.subspan((first + n) * size, size));
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
  plan_->run(program_, plan_->shared, images, threads,
             [&](int64_t first, int64_t count, const Plan::Workspace& workspace) {
               plan_->place(last, first, count, workspace, result);
             });
  return result;
}

size_t Interpreter::workspace_bytes() const {
  return plan_->workspace_bytes(program_, plan_->shared);
}

void Interpreter::run(std::span<const uint8_t> images, std::span<std::byte> workspace,
                      std::span<uint8_t> codes) const {
  const size_t last = program_.ops.size() - 1;
  const auto expected =
      static_cast<size_t>(count_images(program_, images) * plan_->shapes[last].size());
  if (codes.size() != expected) {
    throw Error(program_.network + ": room for " + std::to_string(codes.size()) +
                " output codes, expected " + std::to_string(expected));
  }
  if (workspace.size() < workspace_bytes()) {
    throw Error(program_.network + ": a workspace of " + std::to_string(workspace.size()) +
                " bytes, expected " + std::to_string(workspace_bytes()));
  }
  const Plan::Workspace pieces(*plan_, program_, plan_->shared, workspace);
  for (int64_t group = 0; group < count_groups(program_, images); ++group) {
    plan_->run_group(program_, images, group, pieces,
                     [&](int64_t first, int64_t count, const Plan::Workspace& ran) {
                       plan_->place(last, first, count, ran, codes);
                     });
  }
}

std::vector<std::vector<uint8_t>> Interpreter::run_layers(std::span<const uint8_t> images,
                                                          int threads) const {
  std::vector<std::vector<uint8_t>> result;
  for (const ActivationShape& shape : plan_->shapes) {
    result.emplace_back(static_cast<size_t>(count_images(program_, images) * shape.size()));
  }
  plan_->run(program_, plan_->own, images, threads,
             [&](int64_t first, int64_t count, const Plan::Workspace& workspace) {
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
