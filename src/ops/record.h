#pragma once
// Record: a kernel's name and tensors, for profilers (profile/step_profile.h, LibTorch's own).

#include <ATen/core/Tensor.h>
#include <ATen/record_function.h>

#include <vector>

/// From here to the end of the block is `name`, which reads and writes the tensors behind it; of a
/// convolution on integers, its operations follow them.
#define FLOATSD_RECORD(name, ...) RECORD_FUNCTION(name, (std::vector<c10::IValue>{__VA_ARGS__}))
