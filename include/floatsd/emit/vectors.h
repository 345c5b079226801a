#pragma once
// Vectors: every number of an inference as files, from which hardware is built and tested
// (docs/vectors.md).

#include <cstdint>
#include <filesystem>
#include <span>

#include "floatsd/core/progress.h"
#include "floatsd/runtime/program.h"

namespace floatsd::emit {

/// Runs `images`, pixel bytes [N, C, H, W], and writes into `folder`, which is made if it is not
/// there: of each layer the codes that it reads, weights as codes and as levels, biases,
/// multipliers, shifts, sums and output codes, each as .npy and as .hex, and index.json. Requires a
/// valid program and at least one image. Throws Error if `images` is no whole number of images or a
/// file cannot be written.
void write_vectors(const runtime::Program& program, std::span<const uint8_t> images,
                   const std::filesystem::path& folder, const OnProgress& on_progress = {});

}  // namespace floatsd::emit
