#pragma once
// Interpreter: runs an integer network. Needs neither LibTorch nor floating point.

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
  /// operator's output is dropped once its last reader has run. Throws Error where `images` is no
  /// whole number of images.
  [[nodiscard]] std::vector<uint8_t> run(std::span<const uint8_t> images, int threads) const;

  /// Every operator's output codes, [N, C, H, W] each, in the program's order.
  [[nodiscard]] std::vector<std::vector<uint8_t>> run_layers(std::span<const uint8_t> images,
                                                             int threads) const;

  /// The class of each image: its largest output code, the lowest class at a tie.
  [[nodiscard]] std::vector<int> classify(std::span<const uint8_t> images, int threads) const;

 private:
  struct Plan;
  Program program_;
  std::unique_ptr<const Plan> plan_;
};

}  // namespace floatsd::runtime
