#pragma once
// Scratch: memory in which a computation works. Whoever computes takes pieces from its front and
// hands on what is left; as it is passed by value, it is whole again when they return.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "floatsd/core/error.h"

namespace floatsd::integer {

class Scratch {
 public:
  /// Each piece begins at a multiple of it. So does the first: that may leave out as many bytes of
  /// `memory`, less one.
  static constexpr size_t kAlignment = 64;

  explicit Scratch(std::span<std::byte> memory) : first_(memory.data()), left_(memory.size()) {
    if (std::align(kAlignment, 0, first_, left_) == nullptr) {
      left_ = 0;
    }
  }

  /// The bytes that take<Value>(count) takes.
  template <typename Value>
  static size_t bytes(int64_t count) {
    const size_t size = static_cast<size_t>(count) * sizeof(Value);
    return (size + kAlignment - 1) / kAlignment * kAlignment;
  }

  /// `count` values, which hold anything. Throws Error if fewer bytes are left.
  template <typename Value>
  std::span<Value> take(int64_t count) {
    const size_t size = bytes<Value>(count);
    if (size > left_) {
      throw Error("scratch: " + std::to_string(left_) + " bytes, expected " + std::to_string(size));
    }
    auto* taken = static_cast<Value*>(first_);
    first_ = static_cast<std::byte*>(first_) + size;
    left_ -= size;
    return {taken, static_cast<size_t>(count)};
  }

 private:
  void* first_;
  size_t left_;
};

/// Memory for it, which grows to the largest that was asked for.
class ScratchMemory {
 public:
  Scratch at_least(size_t bytes) {
    bytes += Scratch::kAlignment;
    if (memory_.size() < bytes) {
      memory_.resize(bytes);
    }
    return Scratch(memory_);
  }

 private:
  std::vector<std::byte> memory_;
};

}  // namespace floatsd::integer
