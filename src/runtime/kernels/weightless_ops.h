#pragma once
// The operators without weights: sums, averages, copies.

#include <cstdint>
#include <span>

#include "kernel.h"

namespace floatsd::runtime::kernels {

class AddOp final : public Kernel {
 public:
  AddOp(const Add& add, int32_t first_zero_point, int32_t second_zero_point);

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           Scratch& scratch) const override;

 private:
  AddRequantize requantize_;
  int32_t zero_;  // what codes that mean 0 add up to
};

class GlobalAveragePoolOp final : public Kernel {
 public:
  GlobalAveragePoolOp(const GlobalAveragePool& pool, const ActivationShape& in,
                      int32_t input_zero_point);

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           Scratch& scratch) const override;

 private:
  GlobalAveragePool pool_;
  ActivationShape in_;
  int32_t zero_point_;
};

class DownsampleOp final : public Kernel {
 public:
  DownsampleOp(const Downsample& downsample, const ActivationShape& in, const ActivationShape& out,
               int32_t zero_point);

  void run(std::span<const std::span<const uint8_t>> inputs, std::span<uint8_t> output,
           Scratch& scratch) const override;

 private:
  Downsample downsample_;
  ActivationShape in_, out_;
  uint8_t zero_point_;
};

}  // namespace floatsd::runtime::kernels
