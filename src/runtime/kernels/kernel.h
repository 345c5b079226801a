#pragma once
// Kernel: one operator made ready for this machine. Activations are [H, W, C] here, several images
// one after the other.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "floatsd/runtime/program.h"
#include "integer/scratch.h"

namespace floatsd::runtime::kernels {

using integer::Scratch;

class Kernel {
 public:
  Kernel() = default;
  Kernel(const Kernel&) = delete;
  Kernel& operator=(const Kernel&) = delete;
  virtual ~Kernel() = default;

  /// One span for each of the operator's inputs. Requires spans of equally many whole images. May
  /// run on several threads, each with its own scratch of scratch_bytes(); takes no other memory.
  virtual void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
                   Scratch scratch) const = 0;
  [[nodiscard]] virtual size_t scratch_bytes() const { return 0; }
};

/// The fastest kernel for ops[index] of a valid program; `shapes` are its output_shapes. All
/// compute what reference.h does.
std::unique_ptr<const Kernel> make_kernel(const Program& program, size_t index,
                                          const std::vector<ActivationShape>& shapes);

}  // namespace floatsd::runtime::kernels
