#pragma once
// What a model file holds, before it is written.

namespace floatsd {
struct Safetensors;
}

namespace floatsd::runtime {

struct Program;

/// By the names of docs/model_file.md: the program as JSON in the metadata, its numbers as tensors.
/// Requires a valid program; throws Error if a name is no UTF-8.
Safetensors model_tensors(const Program& program);

}  // namespace floatsd::runtime
