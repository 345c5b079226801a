#include "check/definition.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "runtime/kernels/reference.h"

namespace floatsd::check {
namespace {

using Layers = std::vector<std::vector<uint8_t>>;

/// Of one image, whose layers begin at `image` times their size in `all`.
int64_t count_mismatches(const Layers& of_one, const Layers& all, size_t image) {
  int64_t mismatches = 0;
  for (size_t layer = 0; layer < of_one.size(); ++layer) {
    const std::vector<uint8_t>& codes = of_one[layer];
    const auto begin = all[layer].begin() + static_cast<std::ptrdiff_t>(image * codes.size());
    for (size_t i = 0; i < codes.size(); ++i) {
      mismatches += codes[i] != begin[static_cast<std::ptrdiff_t>(i)] ? 1 : 0;
    }
  }
  return mismatches;
}

/// How often `work` runs in a second, over so many runs.
template <typename Work>
double rate(int64_t runs, const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  for (int64_t run = 0; run < runs; ++run) {
    work();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  return static_cast<double>(runs) / seconds.count();
}

/// How many runs take about a tenth of a second.
template <typename Work>
int64_t runs_of_a_round(const Work& work) {
  constexpr double kSeconds = 0.1;
  return std::max<int64_t>(1, static_cast<int64_t>(kSeconds * rate(1, work)));
}

}  // namespace

CodeCount compare_with_definition(const runtime::Interpreter& integer,
                                  std::span<const uint8_t> images, int threads) {
  const Layers found = integer.run_layers(images, threads);
  CodeCount count;
  for (const std::vector<uint8_t>& layer : found) {
    count.codes += std::ssize(layer);
  }
  const auto size = static_cast<size_t>(integer.program().input_shape.size());
  std::atomic<size_t> next = 0;
  std::atomic<int64_t> mismatches = 0;
  const auto work = [&] {
    for (size_t image = next++; image < images.size() / size; image = next++) {
      mismatches += count_mismatches(
          runtime::kernels::run_reference(integer.program(), images.subspan(image * size, size)),
          found, image);
    }
  };
  {
    std::vector<std::jthread> others;
    for (int thread = 1; thread < threads; ++thread) {
      others.emplace_back(work);
    }
    work();
  }
  count.mismatches = mismatches;
  return count;
}

double speed(const runtime::Interpreter& integer, std::span<const uint8_t> images) {
  const auto size = static_cast<size_t>(integer.program().input_shape.size());
  const int64_t together = std::min<int64_t>(runtime::Interpreter::kImagesTogether,
                                             static_cast<int64_t>(images.size() / size));
  const auto kernels = [&] {
    static_cast<void>(integer.run(images.first(static_cast<size_t>(together) * size), 1));
  };
  const auto definition = [&] {
    static_cast<void>(runtime::kernels::run_reference(integer.program(), images.first(size)));
  };
  const int64_t kernel_runs = runs_of_a_round(kernels);
  const int64_t definition_runs = runs_of_a_round(definition);
  std::array<double, 5> ratios{};
  for (double& ratio : ratios) {
    ratio = static_cast<double>(together) * rate(kernel_runs, kernels) /
            rate(definition_runs, definition);
  }
  std::sort(ratios.begin(), ratios.end());
  return ratios[ratios.size() / 2];
}

}  // namespace floatsd::check
