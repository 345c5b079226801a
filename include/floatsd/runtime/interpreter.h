#pragma once
// Interpreter: runs an integer network, in integers alone and without LibTorch.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "floatsd/runtime/program.h"

namespace floatsd::runtime {

/// Holds a program with its weights laid out for the machine's instruction set. The results do not
/// depend on that, nor on the number of threads. Const functions may run side by side.
class Interpreter {
 public:
  /// Throws as validate does.
  explicit Interpreter(Program program);
  ~Interpreter();
  Interpreter(Interpreter&&) noexcept;
  Interpreter& operator=(Interpreter&&) noexcept;

  [[nodiscard]] const Program& program() const { return program_; }

  /// The network's output codes [N, classes] for `images`, pixel bytes [N, C, H, W], which the
  /// program's input table makes codes. The images are shared out to `threads` >= 1 threads; an
  /// operator's output is dropped once its last reader has run. Throws Error if `images` is no
  /// whole number of images.
  [[nodiscard]] std::vector<uint8_t> run(std::span<const uint8_t> images, int threads) const;

  /// In its own memory an inference works on so many images together.
  static constexpr int64_t kImagesTogether = 6;

  /// The bytes that a run in the caller's memory works in, however many images it is given.
  [[nodiscard]] size_t workspace_bytes() const;

  /// As above, on the calling thread and in the caller's memory alone: nothing is allocated. Writes
  /// `codes` [N, classes]. Threads may run side by side, each in its own workspace. Throws Error if
  /// `images` is no whole number of images, `workspace` is smaller than workspace_bytes(), or
  /// `codes` has another size.
  void run(std::span<const uint8_t> images, std::span<std::byte> workspace,
           std::span<uint8_t> codes) const;

  /// Every operator's output codes, [N, C, H, W] each, in the program's order. Throws as run.
  [[nodiscard]] std::vector<std::vector<uint8_t>> run_layers(std::span<const uint8_t> images,
                                                             int threads) const;

  /// The class of each image: its largest output code, the lowest class at a tie. Throws as run.
  [[nodiscard]] std::vector<int> classify(std::span<const uint8_t> images, int threads) const;

 private:
  struct Plan;
  Program program_;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace floatsd::runtime
